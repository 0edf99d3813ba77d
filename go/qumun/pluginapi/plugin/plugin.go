// Package plugin declares what a plugin is, and keeps the register of plugins.
package plugin

import (
	"context"
	"fmt"
	"sync"

	"github.com/Gthulhu/plugin/models"
	"github.com/Gthulhu/plugin/plugin/util"
)

// Sched is the scheduler as a plugin sees it.
type Sched interface {
	DequeueTask(task *models.QueuedTask)
	DefaultSelectCPU(t *models.QueuedTask) (error, int32)
	GetNrQueued() uint64
}

// CustomScheduler is a plugin.
type CustomScheduler interface {
	DrainQueuedTask(s Sched) int
	SelectQueuedTask(s Sched) *models.QueuedTask
	SelectCPU(s Sched, t *models.QueuedTask) (error, int32)
	DetermineTimeSlice(s Sched, t *models.QueuedTask) uint64
	GetPoolCount() uint64
	SendMetrics(interface{})
	GetChangedStrategies() ([]util.SchedulingStrategy, []util.SchedulingStrategy)
}

// Scheduler holds the time slices, in ns; 0 is the plugin's default.
type Scheduler struct {
	SliceNsDefault uint64 `yaml:"slice_ns_default"`
	SliceNsMin     uint64 `yaml:"slice_ns_min"`
}

// MTLSConfig holds the certificates for an API server, in PEM.
type MTLSConfig struct {
	Enable  bool   `yaml:"enable"`
	CertPem string `yaml:"cert_pem"`
	KeyPem  string `yaml:"key_pem"`
	CAPem   string `yaml:"ca_pem"`
}

// APIConfig says where a plugin gets strategies from. Interval is in seconds.
type APIConfig struct {
	PublicKeyPath string     `yaml:"public_key_path"`
	BaseURL       string     `yaml:"base_url"`
	Interval      int        `yaml:"interval"`
	Enabled       bool       `yaml:"enabled"`
	AuthEnabled   bool       `yaml:"auth_enabled"`
	MTLS          MTLSConfig `yaml:"mtls"`
}

// SchedConfig says which plugin to make, and how.
type SchedConfig struct {
	Mode      string    `yaml:"mode"`
	Scheduler Scheduler `yaml:"scheduler"`
	APIConfig APIConfig `yaml:"api_config"`
}

// PluginFactory makes a plugin.
type PluginFactory func(ctx context.Context, config *SchedConfig) (CustomScheduler, error)

var (
	mu        sync.Mutex
	factories = map[string]PluginFactory{}
)

// RegisterNewPlugin adds a plugin; each mode once.
func RegisterNewPlugin(mode string, factory PluginFactory) error {
	mu.Lock()
	defer mu.Unlock()
	if mode == "" || factory == nil {
		return fmt.Errorf("register plugin %q: it needs a mode and a factory", mode)
	}
	if _, there := factories[mode]; there {
		return fmt.Errorf("register plugin %q: there is one of this mode", mode)
	}
	factories[mode] = factory
	return nil
}

// NewSchedulerPlugin makes the plugin that config.Mode names.
func NewSchedulerPlugin(ctx context.Context, config *SchedConfig) (CustomScheduler, error) {
	if config == nil {
		return nil, fmt.Errorf("make a plugin: no configuration")
	}
	mu.Lock()
	factory := factories[config.Mode]
	mu.Unlock()
	if factory == nil {
		return nil, fmt.Errorf("make a plugin: none is registered as %q", config.Mode)
	}
	return factory(ctx, config)
}

// GetRegisteredModes returns the modes of all plugins, in no order.
func GetRegisteredModes() []string {
	mu.Lock()
	defer mu.Unlock()
	modes := make([]string, 0, len(factories))
	for mode := range factories {
		modes = append(modes, mode)
	}
	return modes
}
