module github.com/Gthulhu/plugin

go 1.23
