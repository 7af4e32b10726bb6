Feature: The desktops go back to the protected site, and everything is as it was
  The same procedure in reverse: the site returns with its originals masked, what users wrote at the other site is copied back, and
  the desktops are shut down there and powered on here.

  @VIEW-08 @capability:view-composer @product:srm
  Rule: After the fail-back the start state is there again, with what users wrote at the recovery site

    Example: Over and back by the documented steps
      Given two sites with View
      And "user-01" writes "plan" on the desktop
      And the operator writes down the whole environment
      When the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the replicas of "cg-desktops" are mounted on the recovery hosts
      And the operator runs "services.sh restart" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And vSphere HA has the time for all its attempts
      And "user-01" writes "answer" on the desktop
      And the array "array-a" gets its power back
      And the operator masks the originals of "cg-management"
      And the operator masks the originals of "cg-desktops"
      And the "protected" site gets its power back
      And "vc-desk" knows which of its hosts answer
      And the operator puts the protected hosts in maintenance mode
      And the operator runs the recovery plan "management"
      And the operator reprotects by the recovery plan "management"
      And the operator reverses the replication of "cg-desktops"
      And the arrays have copied "cg-desktops" to its end
      And the operator shuts down what runs at "vc-desk", and writes it down
      And the operator migrates by the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-a"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the originals of "cg-desktops" to the protected hosts
      And the operator rescans the storage of the protected hosts
      And the operator takes the protected hosts out of maintenance mode
      And the operator moves the VMs on the recovery hosts to where they ran
      And the operator unmounts the copies of "cg-desktops" on the recovery hosts
      And the operator reverses the replication of "cg-desktops"
      And the arrays have copied "cg-desktops" to its end
      And the operator masks the copies of "cg-desktops" from the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator puts the recovery hosts in maintenance mode
      And the operator powers on what he has shut down at "vc-desk"
      And the operator reprotects by the recovery plan "management"
      Then the validation finds nothing amiss
      And "user-01" finds "plan" on the desktop
      And "user-01" finds "answer" on the desktop
      And each user gets the same desktop as when the site was lost
      And the whole environment is as it was written down
      And the recovery plan "management" is "READY_STATE"
      And the replication of "cg-desktops" is "replicating" from "array-a" to "array-b"
      And "esx-b01" is in maintenance mode
      And nothing else has changed

    Example: Over and back on NFS: the alias leads there and back
      Given two sites with View and "desktops on NFS"
      And the operator writes down the NFS datastores of "esx-a01"
      And the operator writes down the whole environment
      When the "protected" site is lost
      And the operator runs the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-b"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator repoints the alias "nas.lab.example" to "nas-b.lab.example"
      And the operator mounts these NFS datastores from "nas.lab.example" on the recovery hosts
      And the operator rescans the storage of the recovery hosts
      And the operator runs "services.sh restart" on the recovery hosts
      And the operator takes the recovery hosts out of maintenance mode
      And vSphere HA has the time for all its attempts
      And "user-01" writes "answer" on the desktop
      And the array "array-a" gets its power back
      And the array "nas-a" gets its power back
      And the operator masks the originals of "cg-management"
      And the operator masks the originals of "cg-desktops"
      And the "protected" site gets its power back
      And "vc-desk" knows which of its hosts answer
      And the operator puts the protected hosts in maintenance mode
      And the operator runs the recovery plan "management"
      And the operator reprotects by the recovery plan "management"
      And the operator reverses the replication of "cg-desktops"
      And the arrays have copied "cg-desktops" to its end
      And the operator shuts down what runs at "vc-desk", and writes it down
      And the operator migrates by the recovery plan "management"
      And the operator validates the management VMs at "vc-mgmt-a"
      And the operator breaks the replication of "cg-desktops"
      And the operator makes the replicas of "cg-desktops" writable
      And the operator presents the originals of "cg-desktops" to the protected hosts
      And the operator repoints the alias "nas.lab.example" to "nas-a.lab.example"
      And the time to live of the alias "nas.lab.example" has passed
      And the operator has the protected hosts mount their NFS datastores again
      And the operator rescans the storage of the protected hosts
      And the operator takes the protected hosts out of maintenance mode
      And the operator moves the VMs on the recovery hosts to where they ran
      And the operator removes these NFS datastores from the recovery hosts
      And the operator reverses the replication of "cg-desktops"
      And the arrays have copied "cg-desktops" to its end
      And the operator rescans the storage of the recovery hosts
      And the operator puts the recovery hosts in maintenance mode
      And the operator powers on what he has shut down at "vc-desk"
      And the operator reprotects by the recovery plan "management"
      Then the validation finds nothing amiss
      And "user-01" finds "answer" on the desktop
      And each user gets the same desktop as when the site was lost
      And "esx-a01" takes "nas.lab.example" for "nas-a.lab.example"
      And the whole environment is as it was written down
      And nothing else has changed
