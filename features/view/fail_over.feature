Feature: After the loss of the protected site users get their desktops at the recovery site
  Site Recovery Manager brings back the management block. It knows nothing of the desktops: their volumes are mounted at the recovery
  site as they are, and vSphere HA starts from there what ran.

  @VIEW-01 @capability:view-composer @product:srm
  Rule: Site Recovery Manager recovers View's management, and no desktop

    Example: The plan has run: View answers, and knows its desktops
      Given two sites with View
      And the "protected" site is lost
      When the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the validation finds nothing amiss
      And the recovery plan "management" is "DISASTER_RECOVERY_COMPLETE"
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And "view-cs01" and "view-cs02" come to broker desktops
      And no VM runs on the recovery hosts
      And no desktop of the pool "office" is up
      And no desktop of the pool "design" is up
      And "vc-desk" answers
      And nothing else has changed

    @twin:view-plan-not-run
    Example: The plan is not run: the desktops' volumes are there, and nobody brokers
      Given two sites with View
      And the "protected" site is lost
      When the replicas of "cg-desktops" are mounted on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then no connection server brokers desktops
      And "vc-desk" answers nobody
      And the recovery plan "management" is "READY_STATE"
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And the hosts have mounted the copies of "cg-desktops"
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

  @VIEW-02 @capability:view-composer @product:srm
  Rule: The eight documented steps bring every desktop that ran back to its user

    Scenario Outline: The protected site is lost, and all steps are taken
      Given <sites>
      When the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator mounts the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-desktops" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then the validation finds nothing amiss
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And each user gets the same desktop as when the site was lost
      And the "protected" site answers nobody
      And nothing else has changed

      Examples:
        | sites                                                   |
        | two sites with View                                     |
        | two sites with View and "replicas presented beforehand" |

  @VIEW-02 @capability:view-composer @product:srm
  Rule: Where a step is left out, the desktops stay down, and the operator finds out why

    @twin:desktop-replication-not-broken
    Example: The replication is not broken: the replicas are read-only, and no host mounts them
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "its device is read-only"
      And "esx-b01" lists a copy of the datastore "view-replica" that it cannot mount: "its device is read-only"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:desktop-replicas-not-made-writable
    Example: The replication is broken, and the replicas are not made writable: no host mounts them
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-desktops"
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "its device is read-only"
      And "esx-b01" lists a copy of the datastore "view-replica" that it cannot mount: "its device is read-only"
      And the replication of "cg-desktops" is "broken"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:desktop-replicas-not-presented
    Example: The replicas are not presented: no host lists them
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "no copy of a volume 'view-replica'"
      And "esx-b01" lists no copy of the datastore "view-replica"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:desktop-hosts-not-rescanned
    Example: The hosts are not rescanned: they do not know what was presented
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator tries to mount the replicas of "cg-desktops" with "esxcfg-volume -m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "no copy of a volume 'view-replica'"
      And "esx-b01" lists no copy of the datastore "view-replica"
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

    @twin:desktop-mount-left-out
    Example: The replicas are not mounted: vSphere HA has nothing to read
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-desktops" on the recovery hosts in vCenter
      And the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And the validation finds "view-replica is not accessible on esx-b01"
      And "esx-b01" lists a copy of the datastore "view-replica" that it can mount
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:desktop-hosts-left-in-maintenance-mode
    Example: The recovery hosts stay in maintenance mode: no host is elected master
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the replicas of "cg-desktops" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      Then no VM runs on the recovery hosts
      And no recovery host is the master of vSphere HA
      And "esx-b01" is in maintenance mode
      And no desktop of the pool "office" is up
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And nothing else has changed

    @twin:desktop-ha-off
    Example: vSphere HA of the desktop cluster is off: the hosts are in use, and nobody starts anything
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator switches vSphere HA of the cluster "desktops" "off"
      When the replicas of "cg-desktops" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then no VM runs on the recovery hosts
      And vSphere HA of the cluster "desktops" is "off"
      And no recovery host is the master of vSphere HA
      And no desktop of the pool "office" is up
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And nothing else has changed

    @twin:en-dash-in-the-mount-command
    Example: The command is copied with the dash of the printed document: the shell knows no such option
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      When the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the replicas of "cg-desktops" to the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator tries to mount the replicas of "cg-desktops" with "esxcfg-volume –m" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      Then the attempt fails: "which is not the hyphen"
      And "esx-b01" lists a copy of the datastore "view-replica" that it can mount
      And no desktop of the pool "office" is up
      And the recovery hosts are not in maintenance mode
      And no VM runs on the recovery hosts
      And nothing else has changed

  @VIEW-02 @capability:view-composer @product:srm
  Rule: A check finds what it is there for

    @twin:view-management-vm-does-not-come-up
    Example: The database of View does not come up
      Given two sites with View
      And the configuration file of "view-db" of "vc-mgmt-a" has another name
      And the "protected" site is lost
      When the operator tries to run the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      Then the attempt fails: "view-db"
      And the validation finds "view-db does not run at vc-mgmt-b"
      And the validation finds "view-cs01 does not answer"
      And no connection server brokers desktops
      And the recovery plan "management" is "RECOVERY_INCOMPLETE"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the management VMs stand at "vc-mgmt-b", and none runs
      And nothing else has changed

    @twin:desktop-datastore-missing-on-one-host
    Example: A datastore is missing in vCenter on one host
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      When all paths from "esx-b02" to the datastore "view-persistent" are down
      And the operator validates the datastores of "cg-desktops" on the recovery hosts in vCenter
      Then the validation finds "view-persistent is not accessible on esx-b02"
      And the datastore "view-persistent" is not accessible on "esx-b02"
      And the datastore "view-persistent" is accessible on "esx-b01"
      And nothing else has changed

  @VIEW-02 @capability:view-composer @product:srm
  Rule: The procedure ends where the documented steps do

    Example: The steps as code
      Given two sites with View
      When the "protected" site is lost
      And the operator carries out the procedure "view-failover"
      Then the procedure "view-failover" has come to its end
      And the management VMs run at "vc-mgmt-b"
      And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And the recovery hosts are not in maintenance mode
      And exactly the VMs that ran when the site was lost run on the recovery hosts
      And every VM on the recovery hosts has a network connection, on the port that it had
      And each user gets the same desktop as when the site was lost
      And the "protected" site answers nobody
      And nothing else has changed

  @VIEW-04 @capability:view-composer @product:srm
  Rule: Volumes that a host has mounted by itself are missing in vCenter until the host is rescanned

    Background:
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts

    Example: A rescan brings them
      When the operator rescans the storage of the recovery hosts
      And the operator validates the datastores of "cg-desktops" on the recovery hosts in vCenter
      Then the validation finds nothing amiss
      And the datastores of "cg-desktops" are accessible on the recovery hosts
      And nothing else has changed

    @twin:desktop-volumes-not-rescanned
    Example: Without a rescan vCenter does not show what the hosts have mounted
      When the operator validates the datastores of "cg-desktops" on the recovery hosts in vCenter
      Then the validation finds "view-replica is not accessible on esx-b01"
      And the validation finds "view-persistent is not accessible on esx-b02"
      And the hosts have mounted the copies of "cg-desktops"
      And nothing else has changed

  @VIEW-05 @capability:view-composer @product:srm
  Rule: The recovery hosts wait in maintenance mode, or outside of the cluster until they are added to it

    Example: They stand by in maintenance mode, and leave it
      Given two sites with View
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And the recovery hosts are in the cluster "desktops"
      And nothing else has changed

    Example: They stand by outside of the cluster, and are added to it
      Given two sites with View and "recovery hosts outside the cluster"
      And the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      When the operator adds the recovery hosts to the cluster "desktops"
      And the operator takes the recovery hosts out of maintenance mode
      Then exactly the VMs that ran when the site was lost run on the recovery hosts
      And each user gets the same desktop as when the site was lost
      And the recovery hosts are not in maintenance mode
      And the recovery hosts are in the cluster "desktops"
      And nothing else has changed
