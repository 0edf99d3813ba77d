package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
)

// Who supervises the agent other than systemd, such as a kubelet, asks for a sign of life: `status --alive`. An idle machine's
// agent makes rounds if a watchdog is set (WATCHDOG_USEC, as systemd sets it); else a round may wait until something happens.

const (
	// aliveLook is how often the agent looks whether a round was made while someone waits for that.
	aliveLook = 20 * time.Millisecond
	// aliveLimit is how long who asks waits, at least twice as long as an idle agent's rounds with the usual watchdog are apart.
	aliveLimit = 8 * time.Second
)

// alive answers after the next round, or when ctx is done.
func (p *pulse) alive(ctx context.Context) control.Response {
	before := p.rounds.Load()
	looks := time.NewTicker(aliveLook)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return control.Response{Error: "no round was made meanwhile"}
		case <-looks.C:
			if p.rounds.Load() != before {
				return control.Response{}
			}
		}
	}
}

// askAlive fails unless the running agent of this name makes a round.
func (a *agent) askAlive(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, aliveLimit)
	defer cancel()
	answer, err := control.Do(ctx, agentsocket.SocketOf(a.root, name), control.Request{Command: control.Alive}, nil)
	if err == nil && answer.Error != "" {
		err = errors.New(answer.Error)
	}
	if err != nil {
		return fmt.Errorf("alive: %w", err)
	}
	return nil
}
