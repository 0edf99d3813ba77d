// Package ends tells records of tasks that want to run from those of tasks that have ended.
package ends

// Sort gives the records of a batch to enqueue, and those of tasks that have ended to end, which may be nil. It does so in
// the order in which they came: an id may have passed from one task to another in between.
func Sort[Task any](tasks []Task, ended func(*Task) bool, enqueue, end func([]Task)) {
	for len(tasks) > 0 {
		to, n := enqueue, 1
		is := ended(&tasks[0])
		if is {
			to = end
		}
		for n < len(tasks) && ended(&tasks[n]) == is {
			n++
		}
		if to != nil {
			to(tasks[:n])
		}
		tasks = tasks[n:]
	}
}
