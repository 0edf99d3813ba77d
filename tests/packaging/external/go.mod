module example.com/external

go 1.23

require github.com/scxbridge/scxbridge/go v0.0.0

// external.py puts a copy in its place.
replace github.com/scxbridge/scxbridge/go => ../../../go
