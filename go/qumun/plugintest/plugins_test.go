package plugintest

import (
	"slices"
	"testing"

	"github.com/Gthulhu/plugin/models"
	"github.com/Gthulhu/plugin/plugin"
	core "github.com/scxbridge/scxbridge/go/qumun"
)

// queue is a scheduler with these tasks queued. Like ours, it counts tasks dequeued in the present
// drain as queued.
type queue struct{ tasks, taken []models.QueuedTask }

func (q *queue) DequeueTask(t *models.QueuedTask) {
	if len(q.tasks) == 0 {
		*t = models.QueuedTask{Pid: -1}
		return
	}
	*t = q.tasks[0]
	q.taken, q.tasks = append(q.taken, *t), q.tasks[1:]
}

func (q *queue) DefaultSelectCPU(*models.QueuedTask) (error, int32) { return nil, core.RL_CPU_ANY }
func (q *queue) GetNrQueued() uint64                                { return uint64(len(q.tasks) + len(q.taken)) }

func TestOrders(t *testing.T) {
	tasks := []models.QueuedTask{
		{Pid: 1, Weight: 100, Vtime: 300},
		{Pid: 2, Weight: 100, Vtime: 100},
		{Pid: 3, Weight: 50, Vtime: 0, StartTs: 0, StopTs: 100}, // charged 200
		{Pid: 4, Weight: 100, Vtime: 100},
	}
	for _, c := range []struct {
		plugin plugin.CustomScheduler
		want   []int32
	}{
		{&fifo{}, []int32{1, 2, 3, 4}},
		{&vtime{}, []int32{2, 4, 3, 1}},
		{NewDeadline(1), []int32{2, 4, 3, 1}},
	} {
		q := &queue{tasks: slices.Clone(tasks)}
		if n := c.plugin.DrainQueuedTask(q); n != len(tasks) || c.plugin.GetPoolCount() != 4 {
			t.Errorf("%T drained %d, has %d", c.plugin, n, c.plugin.GetPoolCount())
		}
		var got []int32
		for task := c.plugin.SelectQueuedTask(q); task != nil; task = c.plugin.SelectQueuedTask(q) {
			got = append(got, task.Pid)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%T: %v, not %v", c.plugin, got, c.want)
		}
	}
}
