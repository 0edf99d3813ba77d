//go:build !demo

package main

import (
	"reflect"
	"testing"
)

func TestSymbolRange(t *testing.T) {
	const symbols = "ffffffff81000200 T after\nffffffff81000100 T wanted\nffffffff81000180 t between\tmodule x\nffffffff81000000 T before\n"
	start, end, found := symbolRange(symbols, "wanted")
	if !found || start != 0xffffffff81000100 || end != 0xffffffff81000200 {
		t.Errorf("%#x to %#x, %v", start, end, found)
	}
	if _, _, found := symbolRange(symbols, "between"); found {
		t.Error("a module's symbol is found")
	}
	if _, _, found := symbolRange(symbols, "none"); found {
		t.Error("a symbol is found that is not there")
	}
}

func TestCallsOf(t *testing.T) {
	code := []byte{
		0x90,
		0xe8, 0xfa, 0x0f, 0x00, 0x00, // to 0x2000
		0xe8, 0x00, 0x00, 0x00, 0x00, // to the next instruction
		0xe8, 0xf0, 0xff, 0xff, 0xff, // back to 0x1000
		0xe8,
	}
	if got := callsOf(code, 0x1000, 0x2000); !reflect.DeepEqual(got, []uint64{0x1001}) {
		t.Errorf("%v", got)
	}
	if got := callsOf(code, 0x1000, 0x1000); !reflect.DeepEqual(got, []uint64{0x100b}) {
		t.Errorf("back: %v", got)
	}
}
