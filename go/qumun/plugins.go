package core

import "github.com/Gthulhu/plugin/models"

// DrainQueuedTask lets the plugin take what is queued, and returns how many tasks it took; 0
// without a plugin.
func (s *Sched) DrainQueuedTask() int {
	if s.plugin == nil {
		return 0
	}
	return s.plugin.DrainQueuedTask(s)
}

// SelectQueuedTask returns the task that the plugin would run next. If there is none, it carries
// out what was dispatched and returns nil.
func (s *Sched) SelectQueuedTask() *models.QueuedTask {
	if s.plugin != nil {
		if t := s.plugin.SelectQueuedTask(s); t != nil {
			return t
		}
	}
	s.flush()
	return nil
}

// SelectCPU returns the plugin's choice of a CPU; without a plugin, DefaultSelectCPU's.
func (s *Sched) SelectCPU(t *models.QueuedTask) (error, int32) {
	if s.plugin == nil {
		return s.DefaultSelectCPU(t)
	}
	return s.plugin.SelectCPU(s, t)
}

// DetermineTimeSlice returns the plugin's time slice for the task, in ns; 0 is the default.
func (s *Sched) DetermineTimeSlice(t *models.QueuedTask) uint64 {
	if s.plugin == nil {
		return 0
	}
	return s.plugin.DetermineTimeSlice(s, t)
}

// GetPoolCount returns how many tasks wait in the plugin.
func (s *Sched) GetPoolCount() uint64 {
	if s.plugin == nil {
		return 0
	}
	return s.plugin.GetPoolCount()
}
