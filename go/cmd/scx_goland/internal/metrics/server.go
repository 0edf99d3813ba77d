//go:build !demo

package metrics

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

const (
	scrapesAtOnce = 2
	clientTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerMax     = 8 << 10
	clientsMax    = 32
)

// Handler answers GET /metrics.
func Handler(view func() seen.View, log *slog.Logger) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		newCollector(view),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	scrape := promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		MaxRequestsInFlight: scrapesAtOnce,
	})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", scrape)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/metrics", http.StatusFound) })
	return mux, nil
}

// limit closes connections beyond a number.
func limit(most int64) func(net.Conn, http.ConnState) {
	var open atomic.Int64
	return func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			if open.Add(1) > most {
				c.Close()
			}
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}
}

// Serve answers until the server that it returns is closed. A slow client is cut off.
func Serve(l net.Listener, view func() seen.View, log *slog.Logger) (*http.Server, error) {
	handler, err := Handler(view, log)
	if err != nil {
		return nil, err
	}
	s := &http.Server{
		Handler: handler, ReadTimeout: clientTimeout, WriteTimeout: clientTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: headerMax, ConnState: limit(clientsMax), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelInfo),
	}
	go func() {
		if err := s.Serve(l); err != http.ErrServerClosed {
			log.Warn("metrics are not served any more", "error", err)
		}
	}()
	return s, nil
}
