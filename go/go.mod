module github.com/scxbridge/scxbridge/go

go 1.23
