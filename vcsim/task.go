package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ownTask is a task that runs without holding a lock: vcsim's own tasks hold their entity's, and while a laboratory
// thought about its answer nobody could read that entity.
type ownTask struct {
	*simulator.Task
	ctx   simulator.Context // its own owner of locks
	first types.TaskInfo    // as it started
}

// taskCounter numbers the tasks apart from vcsim's.
type taskCounter struct{ atomic.Int64 }

// descriptionIDs are those that a vCenter does not derive from the method's name.
var descriptionIDs = map[string]string{
	"Datacenter.powerOnMultiVM": "Datacenter.powerOnVm",
	"Folder.createVM":           "Folder.createVm",
	"Folder.registerVM":         "Folder.registerVm",
	"HostSystem.disconnectHost": "HostSystem.disconnect",
	"HostSystem.rebootHost":     "HostSystem.reboot",
	"HostSystem.reconnectHost":  "HostSystem.reconnect",
	"HostSystem.shutdownHost":   "HostSystem.shutdown",
	"VirtualMachine.migrateVM":  "VirtualMachine.migrate",
	"VirtualMachine.powerOffVM": "VirtualMachine.powerOff",
	"VirtualMachine.powerOnVM":  "VirtualMachine.powerOn",
	"VirtualMachine.reconfigVM": "VirtualMachine.reconfigure",
	"VirtualMachine.relocateVM": "VirtualMachine.relocate",
	"VirtualMachine.resetVM":    "VirtualMachine.reset",
}

// startTask answers the call with a new task, which runs until work has returned.
func (c *call) startTask(ctx *simulator.Context, work func(*ownTask) ([]types.AnyType, *failure)) soap.HasFault {
	t := c.newTask(ctx)
	ctx.Map.Put(t.Task)
	go func() {
		values, f := work(t)
		t.finish(outcome(values, f))
	}()
	return returning(c.name, t.Self)
}

func (c *call) newTask(ctx *simulator.Context) *ownTask {
	id := strings.TrimSuffix(c.name, "_Task")
	task := simulator.CreateTask(c.obj, strings.ToLower(id[:1])+id[1:]+"Task", nil)
	task.Self = ref{Type: "Task", Value: fmt.Sprintf("task-%d", 1_000_000+c.x.tasks.Add(1))}
	info := &task.Info
	info.Key, info.Task = task.Self.Value, task.Self
	info.Reason = &types.TaskReasonUser{UserName: c.user}
	info.State, info.StartTime = types.TaskInfoStateRunning, types.NewTime(time.Now())
	if name, ok := descriptionIDs[info.DescriptionId]; ok {
		info.DescriptionId = name
	}
	c.nameEntity(ctx, info)
	return &ownTask{Task: task, ctx: *ctx, first: task.Info}
}

// nameEntity makes the task's entity a managed entity: a client follows it as one. For a configuration manager it is
// the host, for a manager of the whole vCenter the root folder.
func (c *call) nameEntity(ctx *simulator.Context, info *types.TaskInfo) {
	entity, ok := c.obj.(mo.Entity)
	if !ok && c.host != "" {
		entity, ok = ctx.Map.Get(ref{Type: "HostSystem", Value: c.host}).(mo.Entity)
	}
	if !ok {
		root := ctx.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content.RootFolder
		entity, ok = ctx.Map.Get(root).(mo.Entity)
	}
	if ok {
		id := entity.Reference()
		info.Entity, info.EntityName = &id, entity.Entity().Name
	}
}

// progress shows how far the task is, in percent.
func (t *ownTask) progress(percent int32) {
	t.ctx.WithLock(t.Task, func() {
		if !over(t.Info.State) {
			t.ctx.Update(t.Task, []types.PropertyChange{{Name: "info.progress", Val: percent}})
		}
	})
}

// finish ends the task, unless somebody has cancelled it.
func (t *ownTask) finish(changes []types.PropertyChange) {
	t.ctx.WithLock(t.Task, func() {
		if !over(t.Info.State) {
			t.ctx.Update(t.Task, append(changes, types.PropertyChange{Name: "info.completeTime", Val: time.Now()}))
		}
	})
}

// outcome is the end of a task as changes of its info.
func outcome(values []types.AnyType, f *failure) []types.PropertyChange {
	if f != nil {
		fault := types.LocalizedMethodFault{Fault: f.fault, LocalizedMessage: f.message}
		return []types.PropertyChange{{Name: "info.error", Val: fault}, {Name: "info.state", Val: types.TaskInfoStateError}}
	}
	changes := []types.PropertyChange{{Name: "info.state", Val: types.TaskInfoStateSuccess}}
	if len(values) == 1 {
		return append([]types.PropertyChange{{Name: "info.result", Val: values[0]}}, changes...)
	}
	return changes
}
