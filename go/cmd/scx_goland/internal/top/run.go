//go:build !demo

package top

import (
	"context"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
)

// Options say what to show, and how.
type Options struct {
	Socket, ProcStat string
	Interval         time.Duration
	Timeout          time.Duration // of the agent's answer
	Colour           bool
}

// Run shows it until somebody presses q, Escape or Control-C, or ctx is done. The screen is initialized, and Run ends it.
func Run(ctx context.Context, screen tcell.Screen, o Options) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer screen.Fini()

	readings := make(chan func(*view))
	go read(ctx, o, readings)
	events, quit := make(chan tcell.Event), make(chan struct{})
	defer close(quit)
	go screen.ChannelEvents(events, quit)

	styles := stylesOf(o.Colour)
	var v view
	for {
		draw(screen, &v, styles)
		select {
		case <-ctx.Done():
			return
		case take := <-readings:
			take(&v)
		case event := <-events:
			switch e := event.(type) {
			case nil: // the terminal is gone
				return
			case *tcell.EventResize:
				screen.Sync()
			case *tcell.EventKey:
				switch {
				case e.Key() == tcell.KeyEscape, e.Key() == tcell.KeyCtrlC, e.Rune() == 'q', e.Rune() == 'Q':
					return
				case e.Key() == tcell.KeyCtrlL:
					screen.Sync()
				}
			}
		}
	}
}

// read asks the agent again and again. A connection that fails is made anew.
func read(ctx context.Context, o Options, to chan<- func(*view)) {
	var client *scxstats.Client
	defer func() {
		if client != nil {
			client.Close()
		}
	}()
	ticker := time.NewTicker(o.Interval)
	defer ticker.Stop()
	for {
		var r reading
		var err error
		if client == nil {
			client, err = scxstats.Dial(o.Socket, o.Timeout)
		}
		if err == nil {
			r.top, err = client.Top()
			r.cpus, r.at = readUsage(o.ProcStat), time.Now()
		}
		if err != nil && client != nil {
			client.Close()
			client = nil
		}
		select {
		case <-ctx.Done():
			return
		case to <- func(v *view) { v.next(r, err) }:
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func stylesOf(colour bool) map[tone]tcell.Style {
	s := map[tone]tcell.Style{
		plain: tcell.StyleDefault, good: tcell.StyleDefault,
		title: tcell.StyleDefault.Reverse(true), head: tcell.StyleDefault.Bold(true).Underline(true), bad: tcell.StyleDefault.Bold(true),
	}
	if colour {
		s[good] = s[good].Foreground(tcell.ColorGreen)
		s[bad] = s[bad].Foreground(tcell.ColorRed)
		s[title] = s[title].Foreground(tcell.ColorTeal)
	}
	return s
}

func draw(screen tcell.Screen, v *view, styles map[tone]tcell.Style) {
	screen.Clear()
	width, height := screen.Size()
	for y, l := range v.lines(width, height) {
		if y >= height {
			break
		}
		x := 0
		for _, s := range l {
			for _, r := range s.text {
				screen.SetContent(x, y, r, nil, styles[s.tone])
				x++
			}
		}
	}
	screen.Show()
}
