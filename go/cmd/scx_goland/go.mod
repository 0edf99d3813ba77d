module github.com/scxbridge/scxbridge/go/cmd/scx_goland

go 1.23

require (
	github.com/coreos/go-systemd/v22 v22.7.0
	github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
	github.com/spf13/cobra v1.10.2
	github.com/spf13/pflag v1.0.9
	go.yaml.in/yaml/v3 v3.0.6
	golang.org/x/sys v0.30.0
)

require github.com/inconshreveable/mousetrap v1.1.0 // indirect

replace github.com/scxbridge/scxbridge/go => ../..
