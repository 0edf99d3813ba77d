package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/tests/kubernetes/cluster"
	"helm.sh/helm/v3/pkg/action"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/release"
	authentication "k8s.io/api/authentication/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	chartFolder = "../../packaging/helm/scx-goland"
	// The release's, and so the names of most of its objects.
	releaseName = "scx-goland"
	namespace   = "scx"
	// Limit of what takes moments, but for a hang.
	limit = 2 * time.Minute
)

// here is the cluster that all tests share. The chart is installed in it, as a user would install it.
var here *cluster.Cluster

var policies = schema.GroupVersionResource{Group: "scxbridge.dev", Version: "v1alpha1", Resource: "schedulingpolicies"}

func TestMain(m *testing.M) { os.Exit(inCluster(m)) }

func inCluster(m *testing.M) int {
	var err error
	if here, err = cluster.Start(context.Background(), "./servers.sh", os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "FAIL: %v\n", err)
		return 1
	}
	defer here.Stop()
	if _, err := install(context.Background(), nil); err != nil {
		fmt.Fprintf(os.Stderr, "FAIL: install the chart: %v\n", err)
		return 1
	}
	return m.Run()
}

// values are what a user must say, and more.
func values(more map[string]any) map[string]any {
	v := map[string]any{"image": map[string]any{"repository": "registry.example.com/scx_goland"}}
	maps.Copy(v, more)
	return v
}

func theChart() (*chart.Chart, error) { return loader.Load(chartFolder) }

// helm is Helm's own state, for the cluster.
func helm(as *rest.Config) (*action.Configuration, error) {
	flags := genericclioptions.NewConfigFlags(false)
	ns := namespace
	flags.Namespace = &ns
	flags.WrapConfigFn = func(*rest.Config) *rest.Config { return rest.CopyConfig(as) }
	c := new(action.Configuration)
	return c, c.Init(flags, namespace, "secret", func(string, ...any) {})
}

// install makes the namespace, with the label that the documentation asks for, and installs the chart.
func install(ctx context.Context, more map[string]any) (*release.Release, error) {
	c, err := helm(here.Admin)
	if err != nil {
		return nil, err
	}
	ns := &core.Namespace{ObjectMeta: meta.ObjectMeta{
		Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "privileged"},
	}}
	if _, err := clientset(here.Admin).CoreV1().Namespaces().Create(ctx, ns, meta.CreateOptions{}); err != nil {
		return nil, err
	}
	loaded, err := theChart()
	if err != nil {
		return nil, err
	}
	i := action.NewInstall(c)
	i.ReleaseName, i.Namespace = releaseName, namespace
	return i.RunWithContext(ctx, loaded, values(more))
}

func clientset(as *rest.Config) *kubernetes.Clientset { return kubernetes.NewForConfigOrDie(as) }

// policiesAs asks for policies.
func policiesAs(as *rest.Config) dynamic.ResourceInterface {
	return dynamic.NewForConfigOrDie(as).Resource(policies)
}

// serviceAccount is how the companion asks: with a token of the account that the chart made.
func serviceAccount(t *testing.T) string {
	t.Helper()
	request := &authentication.TokenRequest{}
	got, err := clientset(here.Admin).CoreV1().ServiceAccounts(namespace).CreateToken(context.Background(), releaseName, request, meta.CreateOptions{})
	if err != nil {
		t.Fatalf("get a token of the chart's service account: %v", err)
	}
	return got.Status.Token
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain until %s", limit, what)
		}
	}
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
