// SPDX-License-Identifier: Apache-2.0
// Credentials as Kubernetes hands them out: a kubeconfig file, or a pod's service account.
#include "control/kubeconfig.h"

#include <yaml-cpp/binary.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <cctype>
#include <exception>
#include <filesystem>

#include "control/text_file.h"

namespace isat {

namespace {

constexpr std::size_t kLargestKubeconfig = std::size_t{2} << 20;

struct Refused {
  const char* key;
  const char* mend;
};

constexpr const char* kToken = "is not supported; use a token, a tokenFile or a client certificate";
constexpr std::array kRefusedOfUser = {
    Refused{"exec", kToken},
    Refused{"auth-provider", kToken},
    Refused{"username", kToken},
    Refused{"as", "is not supported; name a user that has the rights itself"},
};
constexpr std::array kRefusedOfCluster = {
    Refused{"proxy-url", "is not supported; set HTTPS_PROXY instead"},
};

// One parse: carries the file's name into every error, and its folder into every path.
class Kubeconfig {
 public:
  Kubeconfig(const std::string& path, const YAML::Node& root) : path_(path), root_(root) {}

  Result<ClusterAccess> access() const {
    const auto context_name = text(root_["current-context"]);
    if (context_name.empty()) {
      return refuse("current-context", "is empty; choose one with kubectl config use-context");
    }
    const auto context = named("contexts", context_name, "context");
    if (!context) return tl::unexpected(context.error());
    const auto cluster = named("clusters", text((*context)["cluster"]), "cluster");
    if (!cluster) return tl::unexpected(cluster.error());
    ClusterAccess access;
    if (auto taken = take_cluster(*cluster, access); !taken) return tl::unexpected(taken.error());
    const auto user_name = text((*context)["user"]);
    if (user_name.empty()) return access;  // as behind `kubectl proxy`
    const auto user = named("users", user_name, "user");
    if (!user) return tl::unexpected(user.error());
    if (auto taken = take_user(*user, access); !taken) return tl::unexpected(taken.error());
    return access;
  }

 private:
  tl::unexpected<Error> refuse(const std::string& field, const std::string& what) const {
    return fail("kubeconfig " + path_ + ": " + field + " " + what);
  }

  static std::string text(const YAML::Node& node) {
    return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
  }

  // The entry of `list` called `name`, that is, its member `kind`.
  Result<YAML::Node> named(const std::string& list, const std::string& name,
                           const std::string& kind) const {
    for (const auto& entry : root_[list]) {
      if (!entry.IsMap() || text(entry["name"]) != name) continue;
      if (entry[kind].IsDefined() && entry[kind].IsMap()) return entry[kind];
    }
    return refuse(list, "has no " + kind + " called '" + name + "'");
  }

  std::string absolute(const std::string& file) const {
    if (file.empty()) return file;
    return (std::filesystem::absolute(path_).parent_path() / file).lexically_normal();
  }

  // FIELD names a file, FIELD-data holds the same in base64 and wins, as with kubectl.
  Result<Pem> pem(const YAML::Node& node, const std::string& field) const {
    auto encoded = text(node[field + "-data"]);
    if (encoded.empty()) return Pem{absolute(text(node[field])), ""};
    std::erase_if(encoded, [](unsigned char byte) { return std::isspace(byte) != 0; });
    const auto bytes = YAML::DecodeBase64(encoded);
    if (bytes.empty()) return refuse(field + "-data", "is not base64");
    return Pem{"", std::string(bytes.begin(), bytes.end())};
  }

  template <typename Fields>
  Result<void> refuse_any(const YAML::Node& node, const Fields& fields) const {
    for (const auto& field : fields) {
      const auto value = node[field.key];
      if (value.IsDefined() && !value.IsNull()) return refuse(field.key, field.mend);
    }
    return {};
  }

  Result<void> take_cluster(const YAML::Node& cluster, ClusterAccess& access) const {
    if (auto checked = refuse_any(cluster, kRefusedOfCluster); !checked) return checked;
    access.server = text(cluster["server"]);
    while (access.server.ends_with('/')) access.server.pop_back();
    if (!access.server.starts_with("https://") && !access.server.starts_with("http://")) {
      return refuse("server", "'" + access.server + "' is not of the form https://HOST:PORT");
    }
    auto authority = pem(cluster, "certificate-authority");
    if (!authority) return tl::unexpected(authority.error());
    access.tls.authority = *authority;
    access.tls.server_name = text(cluster["tls-server-name"]);
    access.tls.insecure = text(cluster["insecure-skip-tls-verify"]) == "true";
    return {};
  }

  Result<void> take_user(const YAML::Node& user, ClusterAccess& access) const {
    if (auto checked = refuse_any(user, kRefusedOfUser); !checked) return checked;
    auto certificate = pem(user, "client-certificate");
    if (!certificate) return tl::unexpected(certificate.error());
    auto key = pem(user, "client-key");
    if (!key) return tl::unexpected(key.error());
    if (certificate->empty() != key->empty()) {
      return refuse("client-certificate and client-key", "belong together; one of them is missing");
    }
    access.tls.certificate = *certificate;
    access.tls.key = *key;
    // A file can be rotated and so wins over an inline token, as with kubectl.
    access.token_file = absolute(text(user["tokenFile"]));
    if (access.token_file.empty()) access.token = text(user["token"]);
    return {};
  }

  const std::string& path_;
  YAML::Node root_;
};

}  // namespace

Result<ClusterAccess> load_kubeconfig(const std::string& path) {
  const auto contents = read_text_file(path, kLargestKubeconfig);
  if (!contents) return fail("kubeconfig " + contents.error().message, contents.error().code);
  try {
    const auto root = YAML::Load(*contents);
    if (!root.IsMap()) return fail("kubeconfig " + path + ": not a kubeconfig");
    return Kubeconfig(path, root).access();
  } catch (const YAML::Exception& error) {
    return fail("kubeconfig " + path + ":" + std::to_string(error.mark.line + 1) + ": " +
                error.msg);
  } catch (const std::exception& error) {  // yaml-cpp lets the standard library's pass
    return fail("kubeconfig " + path + ": " + error.what());
  }
}

Result<ClusterAccess> in_cluster_access(const EnvironmentLookup& environment,
                                        const std::string& directory) {
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  const auto port = environment("KUBERNETES_SERVICE_PORT");
  if (!host || host->empty() || !port || port->empty()) {
    return fail(
        "in-cluster credentials: KUBERNETES_SERVICE_HOST or _PORT is not set; run in a pod, "
        "or name a kubeconfig");
  }
  const bool ipv6 = host->find(':') != std::string::npos;
  ClusterAccess access;
  access.server = "https://" + (ipv6 ? "[" + *host + "]" : *host) + ":" + *port;
  access.tls.authority.file = directory + "/ca.crt";
  access.token_file = directory + "/token";
  return access;
}

Result<ClusterAccess> cluster_access(const std::string& path,
                                     const EnvironmentLookup& environment) {
  return path.empty() ? in_cluster_access(environment) : load_kubeconfig(path);
}

}  // namespace isat
