module github.com/scxbridge/scxbridge/tests/vm/scenarios

go 1.23

replace github.com/scxbridge/scxbridge/go => ../../../go

require (
	github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
	golang.org/x/sys v0.30.0
)
