package scxbridge

import (
	"slices"
	"testing"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

func TestNewCPUs(t *testing.T) {
	got := newCPUs([]capi.CPU{
		{ID: 1, Online: 1, Core: 2, Cache: 3, Node: 4, Socket: 5, Capacity: 6},
		{ID: 8, Core: -1, Cache: -1, Node: 7, Socket: -1},
	})
	want := []CPU{
		{ID: 1, Online: true, Core: 2, Cache: 3, Node: 4, Socket: 5, Capacity: 6},
		{ID: 8, Core: -1, Cache: -1, Node: 7, Socket: -1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("newCPUs() = %+v, not %+v", got, want)
	}
}
