package main

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func typeName(v any) string { return reflect.TypeOf(v).String() }

// seen notes the questions, and lets vcsim go on.
type seen struct {
	mu     sync.Mutex
	phases []string
}

func (s *seen) answer(q map[string]any) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phases = append(s.phases, fmt.Sprint(q["phase"], " ", q["method"]))
	return map[string]any{}
}

// detour is a handler as ours are: it stands for no object, and holds no lock.
type detour struct {
	unlocked
	held func() bool
	ran  bool
}

func (d *detour) Reference() ref { return elsewhere }

func (d *detour) Run(_ *simulator.Context, args any) soap.HasFault {
	d.ran = true
	if _, ok := args.(*types.PowerOffVM_Task); !ok || d.held() {
		return failing(broken("body %T, lock held: %v", args, d.held()))
	}
	return returning("PowerOffVM_Task", ref{Type: "Task", Value: "task-0"})
}

// The extension stands on the order in Service.call: the hook runs before the method is looked up, may rename the
// method and redirect the call, and the handler that it returns is the one that runs, without the object's lock.
func TestHookRunsBeforeTheLookupAndUnlocked(t *testing.T) {
	v := newVcenter(t)
	client := v.client(testLogins.operator)
	vm := v.vm()
	d := &detour{held: func() bool {
		free := make(chan struct{})
		go func() {
			other := *v.model.Service.Context
			other.WithLock(vm, func() {})
			close(free)
		}()
		select {
		case <-free:
			return false
		case <-time.After(5 * time.Second):
			return true
		}
	}}
	v.model.Map().Handler = func(_ *simulator.Context, m *simulator.Method) (mo.Reference, types.BaseMethodFault) {
		if m.Name == "PowerOffVM_Task" {
			m.This, m.Name = elsewhere, "Run"
			return d, nil
		}
		return nil, nil
	}
	res, err := methods.PowerOffVM_Task(context.Background(), client, &types.PowerOffVM_Task{This: vm.Self})
	if err != nil || !d.ran || res.Returnval.Value != "task-0" {
		t.Fatalf("the hook's handler did not answer: ran %v, %v, %v", d.ran, res, err)
	}
}

func TestHookedMethodIsShownBeforeAndAfter(t *testing.T) {
	v, s := newVcenter(t), &seen{}
	v.dial(s.answer)
	v.hook("PowerOffVM_Task", "before,after")
	client := v.client(testLogins.operator)
	task, err := object.NewVirtualMachine(client.Client, v.vm().Self).PowerOff(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if want := "[before PowerOffVM_Task after PowerOffVM_Task]"; fmt.Sprint(s.phases) != want {
		t.Errorf("asked %v, want %s", s.phases, want)
	}
	if err = task.Wait(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAgentPassesByHooks(t *testing.T) {
	v, s := newVcenter(t), &seen{}
	v.dial(s.answer)
	v.hook("CurrentTime", "before")
	for _, who := range []login{testLogins.agent, testLogins.operator} {
		if _, err := methods.GetCurrentTime(context.Background(), v.client(who)); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.phases) != 1 {
		t.Errorf("asked %v, want the operator's call alone", s.phases)
	}
}

func TestUndialledMethodIsStock(t *testing.T) {
	v := newVcenter(t)
	host := v.model.Map().Any("HostSystem").Reference()
	_, err := methods.RebootHost_Task(context.Background(), v.client(testLogins.operator), &types.RebootHost_Task{This: host})
	if name, _ := fault(err); name != "MethodNotFound" {
		t.Errorf("%v, want MethodNotFound", err)
	}
}

func TestOnlyTheAgentGivesOrders(t *testing.T) {
	v := newVcenter(t)
	for _, who := range []login{testLogins.operator, {testLogins.agent.user, "wrong"}} {
		if _, _, status := v.upgrade(ordersPath, ordersProtocol, who); status != http.StatusUnauthorized {
			t.Errorf("orders of %v: %d, want that they are refused", who, status)
		}
	}
}

func TestWhatSteersIsChecked(t *testing.T) {
	v := newVcenter(t)
	for line, want := range map[string]string{
		`{"HOOK": {"CurrentTime": "", "PowerOnVM_Task": "sometimes"}}`: `HOOK/PowerOnVM_Task: "sometimes" is none of`,
		`{"HOOK": {"CurrentTime": "call,before"}}`:                     "HOOK/CurrentTime: \"call,before\": call stands alone",
		`{"HOOK": {"CurrentTime": 3}}`:                                 "HOOK/CurrentTime: json: cannot unmarshal",
		`{"DEADLINE": -1}`:                                             "DEADLINE: -1 is no number of seconds above 0",
		`{"DEADLINE": "soon"}`:                                         "DEADLINE: json: cannot unmarshal",
	} {
		if said := v.order(line)[0]; !strings.HasPrefix(said, want) {
			t.Errorf("%s: %q, want %s", line, said, want)
		}
	}
}

func TestAMethodIsHookedNoLonger(t *testing.T) {
	v, s := newVcenter(t), &seen{}
	v.dial(s.answer)
	v.hook("CurrentTime", "before")
	v.hook("CurrentTime", "")
	if _, err := methods.GetCurrentTime(context.Background(), v.client(testLogins.operator)); err != nil || len(s.phases) != 0 {
		t.Errorf("%v, and asked %v", err, s.phases)
	}
}

func TestLostLinkFailsWaitingAndLaterQuestions(t *testing.T) {
	v := newVcenter(t)
	asked := make(chan struct{}, 1)
	conn := v.dial(func(map[string]any) map[string]any {
		asked <- struct{}{}
		return nil // never
	})
	v.hook("CurrentTime", "before")
	client := v.client(testLogins.operator)
	failed := make(chan error, 1)
	go func() {
		_, err := methods.GetCurrentTime(context.Background(), client)
		failed <- err
	}()
	<-asked
	_ = conn.Close()
	_, later := methods.GetCurrentTime(context.Background(), client)
	for which, err := range map[string]error{"waiting": <-failed, "later": later} {
		if name, text := fault(err); name != "SystemError" || !strings.Contains(text, "lost") {
			t.Errorf("%s: %v, want a SystemError that says the connection is lost", which, err)
		}
	}
	v.dial(proceed)
	if _, err := methods.GetCurrentTime(context.Background(), client); err != nil {
		t.Errorf("dialled again: %v", err)
	}
}

func TestNewDialReplacesTheOld(t *testing.T) {
	v := newVcenter(t)
	old := v.dial(func(map[string]any) map[string]any { return nil })
	v.hook("CurrentTime", "before")
	v.dial(proceed)
	_ = old.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := methods.GetCurrentTime(context.Background(), v.client(testLogins.operator)); err != nil {
		t.Error(err)
	}
}

func TestSlowAnswerIsAFault(t *testing.T) {
	v := newVcenter(t)
	v.dial(func(map[string]any) map[string]any { return nil })
	v.hook("CurrentTime", "before")
	if said := v.order(`{"DEADLINE": 0.05}`)[0]; said != "" {
		t.Fatal(said)
	}
	_, err := methods.GetCurrentTime(context.Background(), v.client(testLogins.operator))
	if name, text := fault(err); name != "SystemError" || !strings.Contains(text, "did not answer CurrentTime (before)") {
		t.Errorf("%v, want a SystemError that names the question", err)
	}
}

func TestUnreadableAnswerIsAFault(t *testing.T) {
	for name, reply := range map[string]map[string]any{
		"type unknown":  {"result": []any{map[string]any{"_typeName": "NoSuchType"}}},
		"type missing":  {"result": []any{map[string]any{"a": 1}}},
		"fault no one":  {"fault": map[string]any{"_typeName": "NoSuchFault"}},
		"not a fault":   {"fault": map[string]any{"_typeName": "HostMountInfo"}},
		"args mistyped": {"args": 3},
	} {
		v := newVcenter(t)
		v.dial(func(map[string]any) map[string]any {
			fresh := make(map[string]any)
			for k, x := range reply {
				fresh[k] = x
			}
			return fresh
		})
		v.hook("CurrentTime", "before")
		_, err := methods.GetCurrentTime(context.Background(), v.client(testLogins.operator))
		if kind, text := fault(err); kind != "SystemError" || !strings.Contains(text, "cannot be read") {
			t.Errorf("%s: %v, want a SystemError", name, err)
		}
	}
}

func TestLoginsComeFromTheEnvironmentAlone(t *testing.T) {
	all := map[string]string{"VCSIM_USER": "u", "VCSIM_PASSWORD": "p", "VCSIM_AGENT_USER": "a", "VCSIM_AGENT_PASSWORD": "b"}
	if _, err := loginsFrom(func(k string) string { return all[k] }); err != nil {
		t.Error(err)
	}
	for missing := range all {
		_, err := loginsFrom(func(k string) string {
			if k == missing {
				return ""
			}
			return all[k]
		})
		if err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	all["VCSIM_AGENT_USER"] = "u"
	if _, err := loginsFrom(func(k string) string { return all[k] }); err == nil {
		t.Error("one user for both roles was accepted")
	}
}
