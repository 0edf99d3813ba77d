package main

import (
	"context"
	"os"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// listen serves the control socket until the returned function is called. Without one, the agent schedules all the same.
func (r *running) listen(traces *tracer) (stop func()) {
	s, err := control.Listen(agentsocket.SocketOf(r.root, r.config.options.Name), func(ctx context.Context, q control.Request, file *os.File) control.Response {
		switch q.Command {
		case agentsocket.Kubernetes:
			return r.kubernetes(ctx, q.Kubernetes)
		case control.Alive:
			return r.current.pulse.alive(ctx)
		}
		return traces.handle(ctx, q, file)
	})
	if err != nil {
		r.say(warning, "no traces can be taken, and nothing can be told of Kubernetes: %v", err)
		return func() {}
	}
	return s.Close
}
