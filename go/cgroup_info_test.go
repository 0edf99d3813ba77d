package scxbridge

import (
	"errors"
	"syscall"
	"testing"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

func (f *fake) CgroupRead(id uint64, info *capi.CgroupInfo) int32 {
	defer f.leave()
	if status := f.enter("cgroup"); status != 0 {
		return status
	}
	if id == 404 {
		return -int32(syscall.ENODATA)
	}
	*info = capi.CgroupInfo{Size: info.Size, ThrottledNow: 1, ID: id, QuotaNS: 2, PeriodNS: 3, BurstNS: 4, Throttled: 5, ThrottledNS: 6}
	return 0
}

func TestCgroup(t *testing.T) {
	s, _ := openFake(t)
	if got, err := s.Cgroup(7); err != nil || got != (CgroupInfo{ID: 7, Quota: 2, Period: 3, Burst: 4, Throttled: 5, ThrottledTime: 6, ThrottledNow: 1}) {
		t.Errorf("Cgroup() = %+v, %v", got, err)
	}
	_, err := s.Cgroup(404)
	if !errors.Is(err, ErrNoSuchCgroup) || !errors.Is(err, syscall.ENODATA) {
		t.Errorf("Cgroup() of an unknown one: %v", err)
	}
	s.Close()
	if _, err := s.Cgroup(7); !errors.Is(err, ErrClosed) {
		t.Errorf("Cgroup() after Close: %v", err)
	}
}
