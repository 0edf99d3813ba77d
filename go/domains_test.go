package scxbridge

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

func (f *fake) DomainsRead(domains *capi.Domains) int32 {
	defer f.leave()
	if status := f.enter("domains"); status != 0 {
		return status
	}
	*domains = f.domains
	return 0
}

func (f *fake) DomainsSet(domains *capi.Domains) int32 {
	defer f.leave()
	if status := f.enter("set domains"); status != 0 {
		return status
	}
	f.domains = *domains
	return 0
}

func TestDomains(t *testing.T) {
	s, _ := openFake(t)
	want := Domains{OfCPU: []int{0, 2, 1, 127 - 124}, Closed: []bool{false, true, false, false}}
	if err := s.SetDomains(want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Domains(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Domains() = %+v, %v; want %+v", got, err, want)
	}
	if a, b := Domain(0), Domain(127); a != capi.CPUDomain || b != capi.CPUDomain-127 {
		t.Errorf("Domain(0) = %d, Domain(127) = %d", a, b)
	}
}

func TestDomainsRefused(t *testing.T) {
	for why, d := range map[string]Domains{
		"OfCPU has 2049 CPUs":  {OfCPU: make([]int, 2049)},
		"OfCPU[1] is -1":       {OfCPU: []int{0, -1}},
		"OfCPU[0] is 128":      {OfCPU: []int{128}},
		"Closed has 3 domains": {OfCPU: []int{0, 1}, Closed: make([]bool, 3)},
	} {
		s, f := openFake(t)
		before := f.domains
		err := s.SetDomains(d)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), why) || f.domains != before {
			t.Errorf("%v instead of %q", err, why)
		}
	}
}
