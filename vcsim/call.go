package main

import (
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// call is the handler of one delegated or hooked call.
type call struct {
	unlocked
	x    *extension
	this ref
	obj  mo.Reference
	impl reflect.Value // vcsim's own method, or not valid
	name string
	user string
	host string
	hook hook
}

// Reference makes call an mo.Reference.
func (c *call) Reference() ref { return c.this }

// Run is the method that vcsim calls instead of the one that the client named.
func (c *call) Run(ctx *simulator.Context, args any) soap.HasFault {
	if !c.impl.IsValid() || c.hook.replaced {
		return c.delegate(ctx, args)
	}
	if c.disabled() {
		return failing(&failure{c.name + " is disabled on " + c.this.Value, &types.MethodDisabled{}})
	}
	if c.hook.before {
		if res := c.before(ctx, args); res != nil {
			return res
		}
	}
	res := c.native(ctx, args)
	if c.hook.after && res.Fault() == nil {
		return c.after(ctx, args, res)
	}
	return res
}

// native runs vcsim's own method as vcsim would: with the object locked. For its reference govmomi need not search the object.
func (c *call) native(ctx *simulator.Context, args any) (res soap.HasFault) {
	in := []reflect.Value{reflect.ValueOf(args)}
	if c.impl.Type().NumIn() == 2 {
		in = []reflect.Value{reflect.ValueOf(ctx), in[0]}
	}
	ctx.WithLock(c.this, func() { res = c.impl.Call(in)[0].Interface().(soap.HasFault) })
	return res
}

// disabled repeats a check that vcsim makes on its own handler only.
func (c *call) disabled() bool {
	entity, ok := c.obj.(mo.Entity)
	if !ok {
		return false
	}
	for _, method := range entity.Entity().DisabledMethod {
		if method == goName(c.name) {
			return true
		}
	}
	return false
}

func (c *call) isTask() bool { return strings.HasSuffix(c.name, "_Task") }

func (c *call) question(phase string, args any) *question {
	return &question{Phase: phase, Method: c.name, This: c.this, Host: c.host, User: c.user, Args: args}
}

func unreadable(q *question, err error) *failure {
	return broken("the laboratory's answer to %s cannot be read: %v", q, err)
}

// hostOf is the id of the host that obj is, runs on or belongs to, where exactly one is.
func hostOf(ctx *simulator.Context, obj mo.Reference) string {
	self := obj.Reference()
	switch o := obj.(type) {
	case *simulator.HostSystem:
		return self.Value
	case *simulator.VirtualMachine:
		var host string
		ctx.WithLock(o, func() {
			if o.Runtime.Host != nil {
				host = o.Runtime.Host.Value
			}
		})
		return host
	}
	if !strings.HasPrefix(self.Type, "Host") {
		return ""
	}
	return ownerOf(ctx, self)
}

// ownerOf is the host that has the object among its configuration managers. Hosts of vcsim share some of them.
func ownerOf(ctx *simulator.Context, self ref) string {
	var owner string
	for _, entity := range ctx.Map.All("HostSystem") {
		host, ok := entity.(*simulator.HostSystem)
		if !ok {
			continue
		}
		var mine bool
		ctx.WithLock(host, func() { mine = simulator.FindReference(mo.References(host.ConfigManager), self) != nil })
		if mine && owner != "" {
			return ""
		}
		if mine {
			owner = host.Self.Value
		}
	}
	return owner
}
