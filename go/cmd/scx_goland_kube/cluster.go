package main

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync/atomic"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland_kube/api/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
)

// cluster is what the API server says that concerns this node: its pods, itself, and all SchedulingPolicies.
type cluster struct {
	client   dynamic.Interface
	node     string
	log      *slog.Logger
	pods     cache.SharedIndexInformer
	nodes    cache.SharedIndexInformer
	policies cache.SharedIndexInformer
	changed  chan struct{} // something may be different now
}

func newCluster(client dynamic.Interface, node string, log *slog.Logger) *cluster {
	c := &cluster{client: client, node: node, log: log, changed: make(chan struct{}, 1)}
	v1 := func(resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: resource}
	}
	c.pods = c.informer(v1("pods"), fields.OneTermEqualSelector("spec.nodeName", node))
	c.nodes = c.informer(v1("nodes"), fields.OneTermEqualSelector("metadata.name", node))
	c.policies = c.informer(v1alpha1.Resource(), fields.Everything())
	return c
}

// informer follows objects, of which it keeps what is needed here.
func (c *cluster) informer(of schema.GroupVersionResource, which fields.Selector) cache.SharedIndexInformer {
	r := c.client.Resource(of)
	var missing atomic.Bool
	told := func(err error) {
		switch {
		case err == nil && missing.Swap(false):
			c.log.Info("the API server tells again", "resource", of.Resource)
		case err != nil && !missing.Swap(true):
			c.log.Warn("the API server does not tell; what is known stays, and it is asked again", "resource", of.Resource, "hint", hint(err), "error", err)
		}
	}
	i := cache.NewSharedIndexInformer(&cache.ListWatch{
		ListFunc: func(o metav1.ListOptions) (runtime.Object, error) {
			o.FieldSelector = which.String()
			list, err := r.List(context.Background(), o)
			told(err)
			return list, err
		},
		WatchFunc: func(o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector = which.String()
			w, err := r.Watch(context.Background(), o)
			told(err)
			return w, err
		},
	}, &unstructured.Unstructured{}, 0, cache.Indexers{})
	// Both only fail if it runs already.
	_ = i.SetTransform(func(object any) (any, error) {
		if u, is := object.(*unstructured.Unstructured); is {
			u.SetManagedFields(nil)
			switch of.Resource {
			case "pods":
				unstructured.RemoveNestedField(u.Object, "spec")
			case "nodes":
				u.Object = map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": u.Object["metadata"]}
			}
		}
		return object, nil
	})
	_ = i.SetWatchErrorHandler(func(*cache.Reflector, error) {}) // it is told already
	_, _ = i.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.change() },
		UpdateFunc: func(old, now any) { c.updated(old, now) },
		DeleteFunc: func(any) { c.change() },
	})
	return i
}

// hint says what to do about an error.
func hint(err error) string {
	switch {
	case apierrors.IsNotFound(err):
		return "is the custom resource definition of " + v1alpha1.Plural + "." + v1alpha1.Group + " installed?"
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return "has the service account the chart's ClusterRole?"
	}
	return "is the API server there?"
}

func (c *cluster) change() {
	select {
	case c.changed <- struct{}{}:
	default: // it is known already
	}
}

// updated looks whether a change concerns this node: the status that other nodes write does not.
func (c *cluster) updated(old, now any) {
	before, is1 := old.(*unstructured.Unstructured)
	after, is2 := now.(*unstructured.Unstructured)
	if is1 && is2 && after.GetKind() == v1alpha1.Kind && before.GetGeneration() == after.GetGeneration() && before.GetUID() == after.GetUID() &&
		reflect.DeepEqual(ownStatus(before, c.node), ownStatus(after, c.node)) {
		return
	}
	c.change()
}

// start follows the cluster until ctx is done. It returns when everything is known.
func (c *cluster) start(ctx context.Context) error {
	var synced []cache.InformerSynced
	for _, i := range []cache.SharedIndexInformer{c.pods, c.nodes, c.policies} {
		go i.Run(ctx.Done())
		synced = append(synced, i.HasSynced)
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return errors.New("ended before the API server told everything")
	}
	return nil
}

// view is the present state of what is followed.
func (c *cluster) view() *view {
	v := &view{node: c.node, pods: objects(c.pods), policies: objects(c.policies)}
	for _, n := range objects(c.nodes) {
		v.labels = n.GetLabels()
	}
	return v
}

func objects(i cache.SharedIndexInformer) []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for _, object := range i.GetStore().List() {
		if u, is := object.(*unstructured.Unstructured); is {
			all = append(all, u)
		}
	}
	return all
}
