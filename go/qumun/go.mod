module github.com/scxbridge/scxbridge/go/qumun

go 1.23

require (
	github.com/Gthulhu/plugin v1.0.1
	github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
)

replace github.com/scxbridge/scxbridge/go => ../

// Only the module's declarations, to build and test here. A replace counts in the main
// module alone: a program that imports qumun gets the real module.
replace github.com/Gthulhu/plugin => ./pluginapi
