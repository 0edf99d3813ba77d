package counters

import (
	"reflect"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

func TestAllFieldsAreThere(t *testing.T) {
	var s scxbridge.Stats
	v := reflect.ValueOf(&s).Elem()
	if len(All) != v.NumField() {
		t.Fatalf("%d counters, %d fields", len(All), v.NumField())
	}
	for i, c := range All {
		f := v.Field(i)
		if f.CanInt() {
			f.SetInt(int64(i) + 1)
		} else {
			f.SetUint(uint64(i) + 1)
		}
		if tag := v.Type().Field(i).Tag.Get("json"); c.Name != tag || c.Help == "" || c.Value(&s) != uint64(i)+1 || Help(c.Name) != c.Help {
			t.Errorf("field %s: %+v is %d", tag, c, c.Value(&s))
		}
	}
	// What grows is what a difference of two readings is made of.
	diff := s.Sub(s)
	for _, c := range All {
		if c.Grows != (c.Value(&diff) == 0) {
			t.Errorf("%s: grows is %v", c.Name, c.Grows)
		}
	}
	if Help("none") != "" {
		t.Error("help for nothing")
	}
}
