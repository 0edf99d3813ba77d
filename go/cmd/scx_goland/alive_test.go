package main

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

func TestAliveIsTheNextRound(t *testing.T) {
	p := new(pulse)
	p.beat()
	ctx, cancel := context.WithCancel(context.Background())
	answers := make(chan control.Response)
	go func() { answers <- p.alive(ctx) }()
	select {
	case got := <-answers:
		t.Errorf("a round that was before counts: %+v", got)
	case <-time.After(5 * aliveLook):
	}
	cancel()
	if got := <-answers; !strings.Contains(got.Error, "no round") {
		t.Errorf("without a round: %+v", got)
	}
	go func() { answers <- p.alive(context.Background()) }()
	for {
		p.beat()
		select {
		case got := <-answers:
			if got.Error != "" {
				t.Errorf("with a round: %+v", got)
			}
			return
		case <-time.After(aliveLook):
		}
	}
}

func TestStatusAlive(t *testing.T) {
	f := newFake(t)
	root, err := os.MkdirTemp("", "alive") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	f.root = root
	if code, _, errs := f.do("status", "--alive"); code != exitError || !strings.Contains(errs, "alive: ask the agent at") {
		t.Errorf("nobody there: exit code %d, %s", code, errs)
	}
	var answer atomic.Pointer[control.Response] // the server answers in another goroutine
	answer.Store(&control.Response{})
	s, err := control.Listen(agentsocket.SocketOf(f.root, "x"), func(_ context.Context, q control.Request, _ *os.File) control.Response {
		if q.Command != control.Alive {
			return control.Response{Error: "asked for " + q.Command}
		}
		return *answer.Load()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if code, out, errs := f.do("status", "--alive", "--name", "x"); code != exitAsked || out != "" {
		t.Errorf("alive: exit code %d, %q, %s", code, out, errs)
	}
	answer.Store(&control.Response{Error: "no round was made meanwhile"})
	if code, _, errs := f.do("status", "--alive", "--name", "x"); code != exitError || !strings.Contains(errs, "alive: no round") {
		t.Errorf("not alive: exit code %d, %s", code, errs)
	}
}
