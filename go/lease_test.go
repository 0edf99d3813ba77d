package scxbridge

import (
	"errors"
	"slices"
	"testing"
)

func TestRevokeLease(t *testing.T) {
	s, f := openFake(t)
	if err := errors.Join(s.RevokeLease(7), s.RevokeLeases()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.revoked, []int32{7, 0}) {
		t.Errorf("revoked %v", f.revoked)
	}
	for pid, want := range map[int32]error{-1: ErrInvalid, 0: ErrInvalid, 404: ErrNoSuchTask} {
		if err := s.RevokeLease(pid); !errors.Is(err, want) {
			t.Errorf("RevokeLease(%d) = %v, want %v", pid, err, want)
		}
	}
	s.Close()
	if err := s.RevokeLease(7); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
