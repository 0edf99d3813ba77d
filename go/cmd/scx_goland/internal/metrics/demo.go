//go:build demo

package metrics

import (
	"errors"
	"io"
	"log/slog"
	"net"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

// Serve stands for the server, whose packages take longer to compile than the rest of the demo.
func Serve(l net.Listener, _ func() seen.View, _ *slog.Logger) (io.Closer, error) {
	l.Close()
	return nil, errors.New("this agent was built for the demo, without metrics; make agent builds a whole one")
}
