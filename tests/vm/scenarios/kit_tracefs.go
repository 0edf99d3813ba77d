package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// tracefs is where the kernel's events and probes are.
const tracefs = "/sys/kernel/tracing"

func (t *T) mountTracefs() {
	if _, err := os.Stat(tracefs + "/events"); err != nil {
		t.Check(unix.Mount("tracefs", tracefs, "tracefs", 0, ""), "mount tracefs")
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close())
}
