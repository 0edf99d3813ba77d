// Code generated from the version in Cargo.toml by `make generate`; DO NOT EDIT.

package main

// version is the package's.
const version = "0.1.0"
