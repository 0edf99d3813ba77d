package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// priority is that of a message in the journal, as sd-daemon(3) writes it before a line.
type priority string

const (
	failure priority = "<3>"
	warning priority = "<4>"
	notice  priority = "<5>"
)

// say writes a message to standard error. The journal knows who writes and when; each of its lines is an entry of its own.
func (a *agent) say(p priority, format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	prefix := "scx_goland: "
	if a.journal {
		prefix = string(p)
		text = strings.ReplaceAll(text, "\n", "\n"+prefix)
	}
	fmt.Fprintf(a.stderr, "%s%s\n", prefix, text)
}

// logger is what the library tells of a scheduler's life.
func (a *agent) logger(level slog.Leveler) *slog.Logger {
	if !a.journal {
		return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(&journalHandler{agent: a, level: level})
}

// journalHandler writes records for the journal: neither time nor level are part of the text.
type journalHandler struct {
	*agent
	level slog.Leveler
	attrs string
	group string
}

// Enabled implements [slog.Handler].
func (h *journalHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

// Handle implements [slog.Handler].
func (h *journalHandler) Handle(_ context.Context, r slog.Record) error {
	p := notice
	switch {
	case r.Level >= slog.LevelError:
		p = failure
	case r.Level >= slog.LevelWarn:
		p = warning
	}
	text := r.Message + h.attrs
	r.Attrs(func(at slog.Attr) bool {
		text += h.written(at)
		return true
	})
	h.say(p, "%s", text)
	return nil
}

func (h *journalHandler) written(a slog.Attr) string {
	return fmt.Sprintf(" %s%s=%v", h.group, a.Key, a.Value.Resolve())
}

// WithAttrs implements [slog.Handler].
func (h *journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	for _, at := range attrs {
		next.attrs += h.written(at)
	}
	return &next
}

// WithGroup implements [slog.Handler].
func (h *journalHandler) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.group += name + "."
	}
	return &next
}
