package main

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// The extension adds five powers to a vcsim. Three are orders of the laboratory, on a connection of its own (orders.go), beside
// those to read (looks.go) and to steer the extension itself (settings.go):
//
//   - Set: "SET" assigns properties, and elements of arrays (set.go, property.go).
//   - Post: "POST" posts events with the times that they name (events.go).
//   - Call: "CALL" makes many calls of vcsim's own methods in one (calls.go).
//
// Two work through Registry.Handler, which sees every call of a client before vcsim looks up the method:
//
//   - Delegate: a method that vcsim lacks is put as a question to whoever has dialled the link (delegate.go, link.go).
//   - Hook: the order "HOOK" has a method that vcsim has shown to the same, before and after (hook.go).
//
// None knows what the methods mean. Only the agent may give orders, and its calls pass by hooks.
type extension struct {
	agent    string // the agent's user name
	settings settings
	link     *link
	tasks    taskCounter
	maker    *maker
}

type ref = types.ManagedObjectReference

// elsewhere is no object of vcsim's. The handler that Registry.Handler returns counts only where method.This is unknown:
// with a session, Service.call prefers what the session or the registry has under that reference.
var elsewhere = ref{Type: "VcsimExtension", Value: "call"}

// unlocked is embedded in a handler that must not hold a lock while it runs (see Registry.WithLock).
type unlocked struct{}

func (unlocked) Lock()   {}
func (unlocked) Unlock() {}

func extend(service *simulator.Service, who logins) *extension {
	x := &extension{agent: who.agent.user, settings: newSettings(), link: &link{agent: who.agent}}
	registry := service.Context.Map
	registry.Handler = x.handle
	outfitHosts(registry)
	x.maker = makeLightly(registry)
	registry.OptionManager().UpdateOptions(&types.UpdateOptions{ChangedValue: []types.BaseOptionValue{
		&types.OptionValue{Key: "vcsim.extension", Value: version},
	}})
	return x
}

// handle takes over the calls that concern the extension, and leaves all others to vcsim.
func (x *extension) handle(ctx *simulator.Context, m *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	obj := ctx.Map.Get(m.This)
	if ctx.Session == nil || obj == nil {
		return nil, nil // vcsim has the right answer, or the object is one of the session
	}
	if m.Name == "Fetch" {
		collector := ctx.Session.Get(m.This)
		m.This, m.Name = elsewhere, "Run"
		return &fetch{collector: collector}, nil
	}
	c := &call{this: m.This, x: x, obj: obj, name: m.Name, user: ctx.Session.UserName}
	c.impl = reflect.ValueOf(obj).MethodByName(goName(m.Name))
	c.hook = x.settings.hook(m.Name)
	if !c.concerns() {
		return reader(ctx, m), nil
	}
	c.host = hostOf(ctx, obj)
	c.obj = ctx.Session.Get(m.This) // of some singletons each session has its own
	c.impl = reflect.ValueOf(c.obj).MethodByName(goName(m.Name))
	m.This, m.Name = elsewhere, "Run"
	return c, nil
}

// concerns tells whether the call is delegated or hooked.
func (c *call) concerns() bool {
	if !c.impl.IsValid() {
		return c.x.link.everDialled() || c.hook.replaced
	}
	return c.hook != (hook{}) && c.user != c.x.agent
}

// goName is the name of the Go method for a method of the API: X_Task is XTask.
func goName(name string) string {
	if short, ok := strings.CutSuffix(name, "_Task"); ok {
		return short + "Task"
	}
	return name
}
