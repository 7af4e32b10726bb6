Feature: After the loss of the protected site the tenants' VMs run at the recovery site
  The documented steps, in their order, by an operator: the management first, then storage, hosts, and vSphere HA.

  @VCD-01 @product:vcd
  Rule: Each step is needed, and together they bring back exactly what ran

    Scenario Outline: The protected site is lost, and all steps are taken
      Given <sites>
      When the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then the validation finds nothing amiss
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And vCloud Director shows its vApps as before
      And the "protected" site answers nobody
      And nothing else has changed

      Examples:
        | sites                                           |
        | two sites                                       |
        | two sites with "replicas presented beforehand" |

    @without-defect:late-mount-hits-later-registrations
    Example: They have their network connections where a late mount does not hurt them
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

  @VCD-01 @product:vcd
  Rule: Where a step is left out, the VMs stay where they are, and the operator finds out why

    @twin:plan-not-run
    Example: The management is not recovered: no vCenter, no way out of maintenance mode through it
      Given two sites
      And the "protected" site is lost
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      And the operator tries to take the recovery hosts out of maintenance mode in vCenter
      Then the validation finds "vc-res does not answer"
      And the attempt fails: "vc-res.lab.example does not answer"
      And "vc-res" answers nobody
      And vCloud Director answers nobody
      And no VM runs on the recovery hosts
      And the hosts have mounted the copies of "cg-tenants"
      And nothing else has changed

    @twin:replication-not-broken
    Example: The replication is not broken: the replicas are read-only, and no host mounts them
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "its device is read-only"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "its device is read-only"
      And the validation finds "tenant-vmfs01 is not accessible on esx-b01"
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:replication-not-broken
    Example: The same with replicas that were presented beforehand
      Given two sites with "replicas presented beforehand"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "its device is read-only"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "its device is read-only"
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:replicas-not-made-writable
    Example: The replication is broken, and the replicas are not made writable: no host mounts them
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "its device is read-only"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "its device is read-only"
      And the replication of "cg-tenants" is "broken"
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:replicas-not-presented
    Example: The replicas are not presented: no host lists them
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "no copy of a volume 'tenant-vmfs01'"
      And "esx-b01" lists no copy of the datastore "tenant-vmfs01"
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:not-rescanned
    Example: The hosts are not rescanned: they do not know what was presented
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "no copy of a volume 'tenant-vmfs01'"
      And "esx-b01" lists no copy of the datastore "tenant-vmfs01"
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:mount-left-out
    Example: The replicas are not mounted: vSphere HA has nothing to read, and no host that could take the VMs
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And the validation finds "tenant-vmfs01 is not accessible on esx-b01"
      And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And no event "com.vmware.vc.ha.VmRestartedByHAEvent" is posted for "acme-shop-db-01"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:maintenance-mode-not-left
    Example: The recovery hosts stay in maintenance mode: no host is elected master
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      Then no VM runs on the recovery hosts
      And no recovery host is the master of vSphere HA
      And "esx-b01" is in maintenance mode
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And nothing else has changed

  @VCD-01 @product:vcd
  Rule: A check finds what it is there for

    @twin:management-vm-does-not-come-up
    Example: A management VM does not come up
      Given two sites
      And the configuration file of "vcd-db" of "vc-mgmt-a" has another name
      And the "protected" site is lost
      When the operator tries to run the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the attempt fails: "vcd-db"
      And the validation finds "vcd-db does not run at vc-mgmt-b"
      And the recovery plan "management" is "RECOVERY_INCOMPLETE"
      And the validation finds "vc-res does not answer"
      And vCloud Director answers nobody
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the management VMs stand at "vc-mgmt-b", and none runs
      And nothing else has changed

    @twin:not-rescanned-after-the-mount
    Example: The hosts are not rescanned after the mount: vCenter does not show what they have mounted
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      Then the validation finds "tenant-vmfs01 is not accessible on esx-b01"
      And the hosts have mounted the copies of "cg-tenants"
      And "esx-b01" is in maintenance mode
      And nothing else has changed

    @twin:datastore-missing-on-one-host
    Example: A datastore is missing in vCenter on one host
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When all paths from "esx-b03" to the datastore "tenant-vmfs02" are down
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      Then the validation finds "tenant-vmfs02 is not accessible on esx-b03"
      And the datastore "tenant-vmfs02" is not accessible on "esx-b03"
      And the datastore "tenant-vmfs02" is accessible on "esx-b04"
      And nothing else has changed

  @VCD-01 @product:vcd
  Rule: Steps in another order, one host forgotten, the wrong hosts

    @twin:hosts-out-before-the-mount
    Example: The hosts leave maintenance mode before the mount: the first that mounts gets every VM
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      And vSphere HA has elected a master among the recovery hosts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on "esx-b04"
      And vSphere HA has the time for all its attempts
      And the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on all recovery hosts but "esx-b04"
      And the operator rescans the storage of the recovery hosts
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And all VMs that run on the recovery hosts run on "esx-b04"
      And no VM runs on "esx-b01", and some run on other recovery hosts
      And the datastores of "cg-tenants" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:one-host-forgotten
    Example: The mount is forgotten on one host: it gets no VM
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When the operator mounts the replicas of "cg-tenants" with "esxcfg-volume -m" on all recovery hosts but "esx-b03"
      And the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-tenants" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then the validation finds "tenant-vmfs01 is not accessible on esx-b03"
      And "esx-b03" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And no VM runs on "esx-b03", and some run on other recovery hosts
      And the datastores of "cg-tenants" are accessible on all recovery hosts but "esx-b03"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:presented-to-the-wrong-hosts
    Example: The replicas are presented to the management hosts: the recovery hosts list none
      Given two sites
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-tenants"
      And the operator makes the replicas of "cg-tenants" writable
      And the operator presents the replicas of "cg-tenants" to "mgmt-b01"
      And the operator rescans the storage of the recovery hosts
      And the operator rescans the storage of "mgmt-b01"
      And the operator tries to mount the replicas of "cg-tenants" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "no copy of a volume 'tenant-vmfs01'"
      And "esx-b01" lists no copy of the datastore "tenant-vmfs01"
      And "mgmt-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:plan-at-the-lost-site
    Example: The plan is to be run at the server of the lost site: it does not answer
      Given two sites
      And the "protected" site is lost
      When the operator tries to run the recovery plan "management" at "srm-a"
      Then the attempt fails: "srm-a.lab.example does not answer"
      And "vc-res" answers nobody
      And vCloud Director answers nobody
      And nothing else has changed

    @twin:plan-at-the-protected-site
    Example: While it is up it refuses: actions belong to the server of the recovery site
      Given two sites
      When the operator tries to run the recovery plan "management" at "srm-a"
      Then the attempt fails: "needs to be initiated from the other SRM instance"
      And "vc-res" answers
      And the recovery plan "management" is "READY_STATE"
      And nothing else has changed
