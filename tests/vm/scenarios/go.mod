module github.com/scxbridge/scxbridge/tests/vm/scenarios

go 1.23

replace (
	github.com/Gthulhu/plugin => ../../../go/qumun/pluginapi
	github.com/scxbridge/scxbridge/go => ../../../go
	github.com/scxbridge/scxbridge/go/qumun => ../../../go/qumun
)

require (
	github.com/Gthulhu/plugin v1.0.1
	github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
	github.com/scxbridge/scxbridge/go/qumun v0.0.0-00010101000000-000000000000
	golang.org/x/sys v0.30.0
)
