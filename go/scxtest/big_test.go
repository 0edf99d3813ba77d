package scxtest_test

import (
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// bigLoad is 100,000 tasks, of which about 1,000 want to run at the same time.
func bigLoad() []scxtest.Workload {
	return []scxtest.Workload{
		scxtest.Sleeper(99_000, scxtest.Exponential(ms), scxtest.Exponential(150*ms)),
		scxtest.Hog(500),
		scxtest.Hog(100).Named("bound").On(7, 8, 9),
		scxtest.PingPong(200, scxtest.Uniform(100*us, ms)),
	}
}

// bigConfig is a machine of about 1,000 CPUs.
func bigConfig(cpus, perLLC, perNode int) scxtest.Config {
	return scxtest.Config{CPUs: cpus, ThreadsPerCore: 2, CPUsPerLLC: perLLC, LLCsPerNode: perNode, Seed: 1, WaitBound: time.Second,
		Options: scxbridge.Options{QueuedBytes: 64 << 20}}
}

var bigConfigs = map[string]scxtest.Config{
	"20Caches":  bigConfig(1000, 50, 10),
	"64Caches":  bigConfig(1024, 16, 8),
	"OneDomain": oneDomain(bigConfig(1024, 16, 8)),
}

func oneDomain(c scxtest.Config) scxtest.Config {
	c.Options.OneDomain = true
	return c
}

// 1,000 CPUs and 100,000 tasks. The speed is logged, not checked.
func TestBigMachine(t *testing.T) {
	tooBigForTheRaceDetector(t)
	for name, cfg := range bigConfigs {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			r := scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{Tasks: 1 << 18}), cfg, 200*ms, bigLoad()...)
			took := time.Since(began)
			t.Logf("%v simulated in %v: %.0f events/s\n%v", r.Duration, took, float64(r.Events)/took.Seconds(), r)
			if len(r.Tasks) != 100_000 || r.Workload("sleeper").Latency.Count() < 80_000 || r.Busy < 180*time.Second {
				t.Errorf("a big machine did little: %v", r)
			}
		})
	}
}

func BenchmarkBigMachine(b *testing.B) {
	for name, cfg := range bigConfigs {
		b.Run(name, func(b *testing.B) { benchVRuntime(b, cfg, bigLoad()...) })
	}
}

// benchVRuntime measures how fast a big machine is simulated under VRuntime.
func benchVRuntime(b *testing.B, cfg scxtest.Config, load ...scxtest.Workload) {
	var events uint64
	b.ReportAllocs()
	for range b.N {
		p, err := policy.NewVRuntime(policy.VRuntimeOptions{Tasks: 1 << 18})
		if err != nil {
			b.Fatal(err)
		}
		events += scxtest.Run(b, p, cfg, time.Second, load...).Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "virtual-s/s")
}

func BenchmarkSmallMachine(b *testing.B) {
	var events uint64
	b.ReportAllocs()
	for seed := range b.N {
		events += scxtest.Run(b, policy.NewFIFO(0, 0), scxtest.Config{CPUs: 4, Seed: uint64(seed)}, time.Second, mixed()...).Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
