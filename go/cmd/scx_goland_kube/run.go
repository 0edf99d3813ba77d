package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// run works until ctx is done.
func run(ctx context.Context, o *options, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	config, err := clientConfig(o.kubeconfig)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client of the API server at %s: %w", config.Host, err)
	}
	log.Info("started", "version", version, "node", o.node, "agent", o.control, "server", config.Host)
	keep(ctx, client, o, log)
	return nil
}

// keep follows the cluster, and keeps the agent and the policies' status as that says.
func keep(ctx context.Context, client dynamic.Interface, o *options, log *slog.Logger) {
	c := newCluster(client, o.node, log)
	if err := c.start(ctx); err != nil {
		log.Warn("ended", "error", err)
		return
	}
	k := &keeper{
		log: log, node: o.node, view: c.view, changed: c.changed, ask: askAgent(o.control), write: c.writeStatus,
		period: o.statusPeriod, poll: pollPeriod, settle: settlePeriod,
	}
	k.run(ctx)
}

func clientConfig(path string) (config *rest.Config, err error) {
	if path == "" {
		if config, err = rest.InClusterConfig(); err != nil {
			return nil, fmt.Errorf("find the API server by this pod's service account, without --kubeconfig: %w", err)
		}
	} else if config, err = clientcmd.BuildConfigFromFlags("", path); err != nil {
		return nil, fmt.Errorf("--kubeconfig: %w", err)
	}
	config.UserAgent = "scx_goland_kube/" + version
	config.QPS, config.Burst = 20, 50
	return config, nil
}
