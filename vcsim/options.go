package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// optionManager is vCenter's OptionManager, with the keys of the extension.
type optionManager struct {
	unlocked
	*simulator.OptionManager
	x *extension
}

func settingOf(ctx *simulator.Context) *ref {
	return ctx.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.Setting
}

// orders are the keys whose values tell the extension to do something, and what reads these.
var orders = map[string]func(text string) (order, error){setKey: readBatch, callKey: readCalls, postKey: readNews}

// order is what is to be done in one call; what can fail of it fails before anything is done.
type order interface {
	apply(ctx *simulator.Context) error
}

// UpdateOptions sets properties and the extension's options, posts events, and leaves the other keys to vcsim.
func (o *optionManager) UpdateOptions(ctx *simulator.Context, req *types.UpdateOptions) soap.HasFault {
	if ctx.Session.UserName != o.x.agent && steers(req.ChangedValue) {
		fault := &types.NoPermission{Object: &req.This, PrivilegeId: "Global.Settings"}
		return refuseOptions("only the laboratory's own session may set properties and vcsim.* options, and post events so", fault)
	}
	asked, rest, err := partition(req.ChangedValue)
	for i := 0; i < len(asked) && err == nil; i++ {
		err = asked[i].apply(ctx)
	}
	if err == nil {
		err = o.steer(rest)
	}
	if err != nil {
		return refuseOptions(err.Error(), &types.InvalidArgument{InvalidProperty: keyIn(err)})
	}
	var res soap.HasFault
	ctx.WithLock(o.OptionManager, func() {
		res = o.OptionManager.UpdateOptions(&types.UpdateOptions{This: req.This, ChangedValue: rest})
	})
	return res
}

// partition reads the orders among the options, and leaves the others.
func partition(values []types.BaseOptionValue) (asked []order, rest []types.BaseOptionValue, err error) {
	for _, v := range values {
		option := v.GetOptionValue()
		read, ok := orders[option.Key]
		if !ok {
			rest = append(rest, v)
			continue
		}
		text, ok := option.Value.(string)
		if !ok {
			return nil, nil, &misfit{option.Key, fmt.Errorf("its value is no text")}
		}
		what, err := read(text)
		if err != nil {
			return nil, nil, err
		}
		asked = append(asked, what)
	}
	return asked, rest, nil
}

func (o *optionManager) steer(options []types.BaseOptionValue) error {
	for _, v := range options {
		option := v.GetOptionValue()
		if err := o.x.settings.change(option.Key, option.Value); err != nil {
			return &misfit{option.Key, err}
		}
	}
	return nil
}

func steers(values []types.BaseOptionValue) bool {
	for _, v := range values {
		key := v.GetOptionValue().Key
		if orders[key] != nil || strings.HasPrefix(key, "vcsim.") {
			return true
		}
	}
	return false
}

// misfit is a property or an option that cannot be set.
type misfit struct {
	key    string
	reason error
}

func (m *misfit) Error() string { return m.key + ": " + m.reason.Error() }

// keyIn is the property or option that an error is about.
func keyIn(err error) string {
	var m *misfit
	if errors.As(err, &m) {
		return m.key
	}
	return ""
}

func refuseOptions(message string, fault types.BaseMethodFault) soap.HasFault {
	return &methods.UpdateOptionsBody{Fault_: simulator.Fault(message, fault)}
}
