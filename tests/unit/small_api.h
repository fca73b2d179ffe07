// SPDX-License-Identifier: Apache-2.0
// A Kubernetes API in small: objects with versions, lists, watches, compare-and-swap; and the first
// write of each kind is answered as a test says.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "scripted_server.h"

namespace isat {

// How a write is answered that the server, or what stands before it, does not answer well.
struct ApiFault {
  std::string name;
  int status = 0;     // 0 = the connection ends in the middle of the answer
  bool done = false;  // it was carried out all the same
};

class SmallApi {
 public:
  using json = nlohmann::json;

  // `collections` are the paths that objects live under.
  SmallApi(asio::io_context& loop, std::vector<std::string> collections)
      : collections_(std::move(collections)),
        server_(loop, [this](const auto& to, const auto& of) { answer(to, of); }) {}

  std::optional<ApiFault> fault;        // of the first write of each kind
  std::set<std::string> failed;         // kinds of writes that had it: method and collection
  std::map<std::string, json> objects;  // by path

  [[nodiscard]] std::string url() const { return server_.url(); }

  // By another hand.
  void put(const std::string& collection, json object) {
    const auto path = collection + "/" + object["metadata"]["name"].get<std::string>();
    store(collection, path, std::move(object));
  }
  [[nodiscard]] std::vector<json> in(const std::string& collection) const {
    std::vector<json> found;
    for (const auto& [path, object] : objects) {
      if (path.starts_with(collection + "/")) found.push_back(object);
    }
    return found;
  }

 private:
  struct Event {
    int version;
    std::string collection;
    json text;
  };
  using Reply = std::pair<int, json>;

  void answer(const PlainServer::Connection& to, const ScriptedRequest& request) {
    const auto path = request.target.substr(0, request.target.find('?'));
    const auto collection =
        *std::find_if(collections_.begin(), collections_.end(),
                      [&](auto& each) { return path == each || path.starts_with(each + "/"); });
    if (request.asks("watch=")) return watch(to, collection, request.target);
    const bool read = request.method == "GET" && path == collection;
    if (read || !fault || !failed.insert(request.method + " " + collection).second) {
      const auto [status, body] = carry_out(request, collection, path);
      return to->send(http_answer(status, body.dump()));
    }
    if (fault->done) static_cast<void>(carry_out(request, collection, path));
    if (fault->status != 0) {
      return to->send(http_answer(fault->status, R"({"message": "a fault"})"));
    }
    to->send("HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n{\"metadata\": {\"na");
    to->close();
  }

  void watch(const PlainServer::Connection& to, const std::string& collection,
             const std::string& target) {
    to->send(kStreamHead);
    const auto at = target.find("resourceVersion=") + 16;
    for (const auto& [version, of, text] : log_) {
      if (of == collection && version > std::stoi(target.substr(at))) send(to, text);
    }
    watches_.emplace(collection, to);
  }

  Reply carry_out(const ScriptedRequest& request, const std::string& collection,
                  const std::string& path) {
    const auto body = request.body.empty() ? json() : json::parse(request.body);
    if (request.method == "POST") return create(collection, body);
    if (request.method == "GET" && path == collection) {
      return {200,
              {{"metadata", {{"resourceVersion", std::to_string(version_)}}},
               {"items", in(collection)}}};
    }
    // A subresource is not told apart from its object.
    const auto of = path.substr(0, path.find('/', collection.size() + 1));
    const auto found = objects.find(of);
    if (found == objects.end()) return {404, json::object()};
    if (request.method == "GET") return {200, found->second};
    if (request.method == "DELETE") {
      const auto gone = found->second;
      objects.erase(found);
      tell(collection, "DELETED", gone);
      return {200, gone};
    }
    const auto expected = body.value("/metadata/resourceVersion"_json_pointer, std::string());
    if (!expected.empty() && expected != found->second["metadata"]["resourceVersion"]) {
      return {409, json::object()};
    }
    auto changed = found->second;
    if (request.method == "PUT") changed = json::object();
    changed.merge_patch(body);
    return {200, store(collection, of, std::move(changed))};
  }

  Reply create(const std::string& collection, json object) {
    auto& metadata = object["metadata"];
    if (!metadata.contains("name")) {
      metadata["name"] = metadata["generateName"].get<std::string>() + std::to_string(version_);
    }
    const auto path = collection + "/" + metadata["name"].get<std::string>();
    if (objects.contains(path)) return {409, json::object()};
    return {201, store(collection, path, std::move(object))};
  }

  json store(const std::string& collection, const std::string& path, json object) {
    const bool added = !objects.contains(path);
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    objects[path] = object;
    tell(collection, added ? "ADDED" : "MODIFIED", object);
    return object;
  }

  void tell(const std::string& collection, const std::string& type, const json& object) {
    log_.push_back({++version_, collection, {{"type", type}, {"object", object}}});
    const auto [begin, end] = watches_.equal_range(collection);
    for (auto each = begin; each != end; ++each) send(each->second, log_.back().text);
  }
  static void send(const PlainServer::Connection& to, const json& event) {
    to->send(stream_piece(event.dump() + "\n"));
  }

  std::vector<std::string> collections_;
  int version_ = 100;
  std::vector<Event> log_;
  std::multimap<std::string, PlainServer::Connection> watches_;
  PlainServer server_;
};

}  // namespace isat
