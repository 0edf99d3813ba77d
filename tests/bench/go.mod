module github.com/scxbridge/scxbridge/tests/bench

go 1.23

replace github.com/scxbridge/scxbridge/go => ../../go

require (
	github.com/aquasecurity/libbpfgo v0.8.0-libbpf-1.5
	github.com/cilium/ebpf v0.17.3
	github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
)

require golang.org/x/sys v0.30.0 // indirect
