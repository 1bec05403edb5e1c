// Package clustertest starts a real cluster of three NATS servers on loopback
// for tests. Each node is a process of its own, the test binary started again,
// so that it can be killed as a machine that loses its power is.
//
//	func TestMain(m *testing.M) {
//		clustertest.RunNode() // does not return in a node
//		os.Exit(m.Run())
//	}
//
//	func TestGrowth(t *testing.T) {
//		cluster := clustertest.Start(t)
//		conn, err := jetstream.Open(t.Context(), jetstream.Config{URL: cluster.URL()})
//		…
//		cluster.Kill(0)
package clustertest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// Size is the number of nodes: the least that outlives the loss of one.
const Size = 3

// readyLimit is generous: elections take seconds on a busy machine.
const readyLimit = 90 * time.Second

// Cluster is three running nodes. Its methods are for one goroutine.
type Cluster struct {
	t     testing.TB
	nodes [Size]node
}

type node struct {
	cfg   nodeConfig
	cmd   *exec.Cmd
	stdin io.Closer // the node ends when it is closed, as it is when the test dies
}

// Start starts the cluster, waits until it keeps three copies of a stream, and
// stops it at the end of the test. The package's TestMain must call RunNode.
func Start(t testing.TB) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	ports := freePorts(t, 2*Size)
	var routes []string
	for i := range Size {
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", ports[Size+i]))
	}
	dir := t.TempDir()
	for i := range Size {
		c.nodes[i].cfg = nodeConfig{
			Name: fmt.Sprintf("node%d", i), Dir: filepath.Join(dir, fmt.Sprint(i)),
			Port: ports[i], ClusterPort: ports[Size+i], Routes: routes,
		}
	}
	t.Cleanup(func() {
		for i := range Size {
			c.Kill(i)
		}
	})
	var wg sync.WaitGroup
	for i := range Size {
		c.launch(i)
		wg.Go(func() { c.await(i) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	c.awaitReplicas()
	return c
}

// URL returns the addresses of all nodes.
func (c *Cluster) URL() string {
	var list []string
	for i := range Size {
		list = append(list, c.NodeURL(i))
	}
	return strings.Join(list, ",")
}

// NodeURL returns the address of one node.
func (c *Cluster) NodeURL(i int) string {
	return fmt.Sprintf("nats://127.0.0.1:%d", c.nodes[i].cfg.Port)
}

// Kill ends a node without a chance to say so. A node that is dead stays so.
func (c *Cluster) Kill(i int) {
	n := &c.nodes[i]
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
	_ = n.stdin.Close()
	n.cmd = nil
}

// Restart starts a killed node again with its data and at its address, and
// waits until it has caught up.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	if c.nodes[i].cmd != nil {
		c.t.Fatalf("clustertest: node %d runs already", i)
	}
	c.launch(i)
	c.await(i)
}

// Leader returns the node that leads a stream, or -1 while none does.
func (c *Cluster) Leader(ctx context.Context, js natsjs.JetStream, stream string) int {
	s, err := js.Stream(ctx, stream)
	if err != nil || s.CachedInfo().Cluster == nil {
		return -1
	}
	for i := range Size {
		if c.nodes[i].cfg.Name == s.CachedInfo().Cluster.Leader {
			return i
		}
	}
	return -1
}

func (c *Cluster) launch(i int) {
	c.t.Helper()
	n := &c.nodes[i]
	exe, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cfg, err := json.Marshal(n.cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	n.cmd = exec.Command(exe)
	n.cmd.Env = append(os.Environ(), nodeEnv+"="+string(cfg))
	n.cmd.Stderr = os.Stderr
	if n.stdin, err = n.cmd.StdinPipe(); err != nil {
		c.t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
}

// await asks a node for JetStream until it answers. It may run in goroutines.
func (c *Cluster) await(i int) {
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	nc, err := nats.Connect(c.NodeURL(i), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer nc.Close()
	err = retry(ctx, func(ctx context.Context) error {
		answer, err := nc.RequestWithContext(ctx, readySubject(c.nodes[i].cfg.Name), nil)
		if err == nil && len(answer.Data) > 0 {
			err = fmt.Errorf("%s", answer.Data)
		}
		return err
	})
	if err != nil {
		c.t.Errorf("clustertest: node %d is not ready: %v", i, err)
	}
}

// awaitReplicas makes a stream of three copies, which needs all nodes.
func (c *Cluster) awaitReplicas() {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	nc, err := nats.Connect(c.URL())
	if err != nil {
		c.t.Fatal(err)
	}
	defer nc.Close()
	js, err := natsjs.New(nc)
	if err != nil {
		c.t.Fatal(err)
	}
	err = retry(ctx, func(ctx context.Context) error {
		_, err := js.CreateOrUpdateStream(ctx, natsjs.StreamConfig{Name: "READY", Subjects: []string{"ready.probe"}, Replicas: Size})
		return err
	})
	if err != nil {
		c.t.Fatalf("clustertest: no stream of %d copies: %v", Size, err)
	}
	if err := js.DeleteStream(ctx, "READY"); err != nil {
		c.t.Fatal(err)
	}
}

// retry repeats a request, each with a second of its own, until it succeeds or
// ctx ends.
func retry(ctx context.Context, request func(context.Context) error) error {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		one, cancel := context.WithTimeout(ctx, time.Second)
		err := request(one)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-pause.C:
		}
	}
}

// freePorts returns ports that were free a moment ago: the nodes must know one
// another's before they start.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// waitEOF returns when the other end of the pipe is gone.
func waitEOF(r io.Reader) {
	_, _ = io.Copy(io.Discard, bufio.NewReader(r))
}
