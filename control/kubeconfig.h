// SPDX-License-Identifier: Apache-2.0
// Credentials as Kubernetes hands them out: a kubeconfig file, or a pod's service account.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "control/cluster_access.h"
#include "dataplane/result.h"

namespace isat {

// The value of an environment variable; absent when unset.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The current context of the kubeconfig at `path`. Relative paths in it are relative to its folder.
// What isat cannot do (exec and auth-provider plug-ins, passwords, impersonation, a proxy) is
// refused rather than left out.
[[nodiscard]] Result<ClusterAccess> load_kubeconfig(const std::string& path);

inline constexpr const char* kServiceAccountDirectory =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// What a pod finds in its environment and in `directory`.
[[nodiscard]] Result<ClusterAccess> in_cluster_access(
    const EnvironmentLookup& environment, const std::string& directory = kServiceAccountDirectory);

// By the kubeconfig at `path`, or, if that is empty, as a pod.
[[nodiscard]] Result<ClusterAccess> cluster_access(const std::string& path,
                                                   const EnvironmentLookup& environment);

}  // namespace isat
