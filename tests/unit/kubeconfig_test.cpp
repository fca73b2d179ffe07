// SPDX-License-Identifier: Apache-2.0
// Credentials from kubeconfig files, good and bad, and from a pod's surroundings.
#include "control/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace isat {
namespace {

using testing::HasSubstr;

class KubeconfigTest : public testing::Test {
 protected:
  KubeconfigTest() { std::filesystem::create_directories(directory_); }
  ~KubeconfigTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  // A kubeconfig of one context with these fields, each line indented by four.
  Result<ClusterAccess> load(const std::string& cluster, const std::string& user) const {
    return load_kubeconfig(write("config",
                                 "current-context: here\n"
                                 "contexts:\n"
                                 "- {name: there, context: {cluster: far, user: away}}\n"
                                 "- {name: here, context: {cluster: near, user: me}}\n"
                                 "clusters:\n"
                                 "- {name: far, cluster: {server: 'https://far:6443'}}\n"
                                 "- name: near\n"
                                 "  cluster:\n" +
                                     cluster + "users:\n- name: me\n  user:\n" + user));
  }
  std::string error(const std::string& cluster, const std::string& user) const {
    const auto access = load(cluster, user);
    return access ? "no error" : access.error().message;
  }

  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("isat-kubeconfig-" + std::to_string(getpid()));
  const std::string server_ = "    server: https://near:6443\n";
  const std::string token_ = "    token: secret\n";
};

TEST_F(KubeconfigTest, TakesTheCurrentContextWithInlineMaterial) {
  const auto access = load(
      "    server: https://[2001:db8::1]:6443/prefix/\n"
      "    certificate-authority: ignored.crt\n"
      "    certificate-authority-data: Y2EtcGVt\n"
      "    tls-server-name: api.example\n",
      "    client-certificate-data: Y2VydA==\n"
      "    client-key-data: |\n      a2\n      V5\n");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server, "https://[2001:db8::1]:6443/prefix");
  EXPECT_EQ(access->tls.authority, (Pem{"", "ca-pem"}));
  EXPECT_EQ(access->tls.certificate, (Pem{"", "cert"}));
  EXPECT_EQ(access->tls.key, (Pem{"", "key"}));
  EXPECT_EQ(access->tls.server_name, "api.example");
  EXPECT_FALSE(access->tls.insecure);
  EXPECT_EQ(bearer_token(*access).value(), "");
}

TEST_F(KubeconfigTest, FilesAreRelativeToTheKubeconfig) {
  const auto access = load(
      "    server: https://near:6443\n"
      "    certificate-authority: pki/ca.crt\n"
      "    insecure-skip-tls-verify: true\n",
      "    client-certificate: ../me.crt\n"
      "    client-key: /absolute/me.key\n"
      "    token: inline\n"
      "    tokenFile: token\n");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->tls.authority, (Pem{directory_ / "pki/ca.crt", ""}));
  EXPECT_EQ(access->tls.certificate, (Pem{directory_.parent_path() / "me.crt", ""}));
  EXPECT_EQ(access->tls.key, (Pem{"/absolute/me.key", ""}));
  EXPECT_TRUE(access->tls.insecure);
  EXPECT_EQ(access->token_file, directory_ / "token");
  EXPECT_EQ(access->token, "");
}

TEST_F(KubeconfigTest, RefusesWhatItCannotDoAndSaysWhatToDoInstead) {
  const std::string where = "kubeconfig " + (directory_ / "config").string() + ": ";
  EXPECT_EQ(error(server_, "    exec: {command: aws}\n"),
            where + "exec is not supported; use a token, a tokenFile or a client certificate");
  EXPECT_THAT(error(server_, "    auth-provider: {name: gcp}\n"),
              HasSubstr("auth-provider is not"));
  EXPECT_THAT(error(server_, "    username: me\n"), HasSubstr("username is not supported"));
  EXPECT_THAT(error(server_, "    as: root\n"), HasSubstr("as is not supported"));
  EXPECT_THAT(error(server_ + "    proxy-url: http://p\n", token_), HasSubstr("set HTTPS_PROXY"));
  EXPECT_EQ(error(server_, "    exec: null\n"), "no error");
}

TEST_F(KubeconfigTest, NamesTheFieldThatIsWrong) {
  EXPECT_THAT(error("    server: near:6443\n", token_),
              HasSubstr("server 'near:6443' is not of the form https://HOST:PORT"));
  EXPECT_THAT(error("    insecure-skip-tls-verify: true\n", token_), HasSubstr("server ''"));
  EXPECT_THAT(error(server_ + "    certificate-authority-data: '*'\n", token_),
              HasSubstr("certificate-authority-data is not base64"));
  EXPECT_THAT(error(server_, "    client-key: me.key\n"), HasSubstr("belong together"));
  const auto text_error = [this](const std::string& text) {
    return load_kubeconfig(write("config", text)).error().message;
  };
  EXPECT_THAT(text_error("clusters: []\n"), HasSubstr("current-context is empty"));
  EXPECT_THAT(text_error("current-context: x\ncontexts: 7\n"), HasSubstr("no context called 'x'"));
  EXPECT_THAT(text_error("current-context: x\ncontexts: [{name: x}, 3]\n"),
              HasSubstr("no context called 'x'"));
  EXPECT_THAT(text_error("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"),
              HasSubstr("no cluster called 'c'"));
  EXPECT_THAT(text_error("just words\n"), HasSubstr("not a kubeconfig"));
  EXPECT_THAT(text_error("a: [1,\nb: 2\n"), HasSubstr("config:3: "));
  EXPECT_THAT(load_kubeconfig(directory_ / "absent").error().message,
              HasSubstr("absent: cannot read: No such file or directory"));
}

TEST_F(KubeconfigTest, ATokenFileIsReadEachTime) {
  ClusterAccess access;
  access.token_file = write("token", "first\n");
  EXPECT_EQ(bearer_token(access).value(), "first");
  write("token", "second");
  EXPECT_EQ(bearer_token(access).value(), "second");
  write("token", "\n");
  EXPECT_THAT(bearer_token(access).error().message, HasSubstr("token: it is empty"));
  write("token", "a\r\nX-Header: b\n");
  EXPECT_THAT(bearer_token(access).error().message, HasSubstr("not one token"));
  write("token", "third\xa0");  // a space no more than a letter, on machines with signed chars too
  EXPECT_FALSE(bearer_token(access));
  std::filesystem::remove(access.token_file);
  EXPECT_EQ(bearer_token(access).error().message,
            "token file " + access.token_file + ": cannot read: No such file or directory");
}

TEST(InCluster, TakesHostAndPortFromTheEnvironment) {
  std::map<std::string, std::string> variables;
  const auto lookup = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_THAT(in_cluster_access(lookup).error().message, HasSubstr("or name a kubeconfig"));
  variables = {{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "443"}};
  const auto access = in_cluster_access(lookup, "/sa");
  ASSERT_TRUE(access);
  EXPECT_EQ(access->server, "https://10.96.0.1:443");
  EXPECT_EQ(access->tls.authority, (Pem{"/sa/ca.crt", ""}));
  EXPECT_EQ(access->token_file, "/sa/token");
  variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
  EXPECT_EQ(in_cluster_access(lookup)->server, "https://[fd00::1]:443");
}

}  // namespace
}  // namespace isat
