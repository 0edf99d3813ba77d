// Below the path of go/, so that it may use go/internal/lockstep.
module github.com/scxbridge/scxbridge/go/tests/differential

go 1.23

replace github.com/scxbridge/scxbridge/go => ../../go

require github.com/scxbridge/scxbridge/go v0.0.0-00010101000000-000000000000
