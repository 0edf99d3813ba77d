// Package cluster runs a Kubernetes API server with its etcd, for tests: no controllers, no nodes, but all that the server
// itself does, such as validation, admission, rights and server-side apply.
package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
)

// startLimit is generous: the machine may be busy with other tests.
const startLimit = 5 * time.Minute

// Cluster is a running API server.
type Cluster struct {
	// Folder holds its files, and is removed with it.
	Folder string
	// Admin may do everything.
	Admin *rest.Config

	programs []*program
}

// program is one that runs in the background, with its log.
type program struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{}
}

// Start builds the programs if they are not in the cache, and starts them. What the build says goes to out.
func Start(ctx context.Context, script string, out io.Writer) (_ *Cluster, err error) {
	build := exec.CommandContext(ctx, script)
	build.Stderr = out
	where, err := build.Output()
	if err != nil {
		return nil, fmt.Errorf("build the API server and etcd by %s: %w", script, err)
	}
	programs := strings.TrimSpace(string(where))
	folder, err := os.MkdirTemp("", "cluster")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the cluster: %w", err)
	}
	c := &Cluster{Folder: folder}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, c.logs())
			c.Stop()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	token, err := c.secrets()
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	etcd, peer, server := ports[0], ports[1], ports[2]
	err = c.run(filepath.Join(programs, "etcd"),
		"--data-dir="+c.file("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls=http://"+etcd, "--advertise-client-urls=http://"+etcd,
		"--listen-peer-urls=http://"+peer, "--initial-advertise-peer-urls=http://"+peer, "--initial-cluster=default=http://"+peer)
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(server)
	err = c.run(filepath.Join(programs, "kube-apiserver"),
		"--etcd-servers=http://"+etcd, "--bind-address="+host, "--secure-port="+port, "--cert-dir="+c.file("certificates"),
		"--authorization-mode=RBAC", "--token-auth-file="+c.file("tokens"), "--service-cluster-ip-range=10.0.0.0/24",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.file("key"), "--service-account-signing-key-file="+c.file("key"))
	if err != nil {
		return nil, err
	}
	c.Admin = &rest.Config{
		Host: "https://" + server, BearerToken: token, QPS: 1000, Burst: 1000,
		TLSClientConfig: rest.TLSClientConfig{CAFile: c.file("certificates/apiserver.crt")},
	}
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Stop ends the programs and removes their files.
func (c *Cluster) Stop() {
	for i := len(c.programs) - 1; i >= 0; i-- {
		_ = c.programs[i].cmd.Process.Kill()
		<-c.programs[i].done
	}
	_ = os.RemoveAll(c.Folder)
}

// As is how to ask with another one's token.
func (c *Cluster) As(token string) *rest.Config {
	r := rest.CopyConfig(c.Admin)
	r.BearerToken = token
	return r
}

// Kubeconfig writes a file for programs that ask with this token.
func (c *Cluster) Kubeconfig(path, token string) error {
	k := api.NewConfig()
	k.Clusters["c"] = &api.Cluster{Server: c.Admin.Host, CertificateAuthority: c.Admin.CAFile}
	k.AuthInfos["u"] = &api.AuthInfo{Token: token}
	k.Contexts["c"] = &api.Context{Cluster: "c", AuthInfo: "u"}
	k.CurrentContext = "c"
	return clientcmd.WriteToFile(*k, path)
}

func (c *Cluster) file(name string) string { return filepath.Join(c.Folder, name) }

// secrets writes the key that signs the tokens of service accounts, and who the administrator is.
func (c *Cluster) secrets() (token string, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	token = hex.EncodeToString(random)
	return token, errors.Join(
		os.WriteFile(c.file("key"), block, 0o600),
		os.WriteFile(c.file("tokens"), []byte(token+`,admin,admin,"system:masters"`+"\n"), 0o600),
	)
}

func (c *Cluster) run(path string, args ...string) error {
	p := &program{name: filepath.Base(path), cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.log = c.file(p.name + ".log")
	log, err := os.Create(p.log)
	if err != nil {
		return fmt.Errorf("make the log of %s: %w", p.name, err)
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// It ends also when the test is killed.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	c.programs = append(c.programs, p)
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return nil
}

// ready waits until the server says that it is.
func (c *Cluster) ready(ctx context.Context) error {
	for {
		// The certificate, which the client needs, is one of the first things that the server makes.
		client, err := kubernetes.NewForConfig(c.Admin)
		if err == nil {
			var code int
			result := client.RESTClient().Get().AbsPath("/readyz").Do(ctx).StatusCode(&code)
			if err = result.Error(); err == nil && code == http.StatusOK {
				return nil
			}
		}
		for _, p := range c.programs {
			select {
			case <-p.done:
				return fmt.Errorf("%s ended: %v", p.name, p.cmd.ProcessState)
			default:
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the API server: %w (last: %w)", ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// logs are the ends of what the programs said.
func (c *Cluster) logs() string {
	var b strings.Builder
	for _, p := range c.programs {
		text, _ := os.ReadFile(p.log)
		lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
		fmt.Fprintf(&b, "%s said:\n%s\n", p.name, bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
	}
	return b.String()
}

// freePorts finds ports of this machine on which nobody listens.
func freePorts(n int) ([]string, error) {
	var all []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all, nil
}
