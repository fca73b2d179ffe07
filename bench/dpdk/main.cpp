// SPDX-License-Identifier: Apache-2.0
// isat-dpdk-bench: one measurement in one process, as EAL starts once; a JSON object on standard
// output. bench/dpdk/run repeats it, beside testpmd, and writes the figures down.
#include <rte_mbuf.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/dpdk/measurement.h"
#include "control/pcap_file.h"
#include "dataplane/dpdk/eal.h"

namespace isat::bench {
namespace {

struct Options {
  Trial trial;
  std::string file;             // capture or socket
  std::uint32_t frames = 4096;  // in the capture
  unsigned core = 0;
};

Result<void> write_capture(const Options& options) {
  auto writer = PcapWriter::open(options.file);
  if (!writer) return tl::unexpected(writer.error());
  Asker asker(options.trial.family, options.trial.addresses);
  std::vector<std::uint8_t> frame(asker.size());
  for (std::uint32_t i = 0; i < options.frames; i++) {
    asker.ask(frame.data());
    writer->write(frame, {});
  }
  return writer->finish();
}

// Starts EAL with a port, or none, and a pool of buffers. net_pcap keeps `kept` of them for good;
// many small ones then cost less memory. virtio takes none that is too small for a whole frame.
Result<nlohmann::json> measure(
    const Options& options, const std::string& device, std::uint32_t kept,
    const std::function<Result<nlohmann::json>(rte_mempool&)>& measured) {
  std::vector<std::string> more = {"--lcores=0@" + std::to_string(options.core)};
  if (!device.empty()) more.push_back("--vdev=" + device);
  auto eal = dpdk::Eal::start(512, more);
  if (!eal) return tl::unexpected(eal.error());
  rte_mempool* pool = rte_pktmbuf_pool_create(
      "bench", kept + 8191, 250, 0,
      kept == 0 ? RTE_MBUF_DEFAULT_BUF_SIZE : RTE_PKTMBUF_HEADROOM + 128, SOCKET_ID_ANY);
  if (pool == nullptr) return fail("create a pool of buffers: the EAL has no memory for it");
  auto result = measured(*pool);
  if (result) (*result)["huge_pages"] = (*eal)->in_huge_pages();
  return result;
}

Result<nlohmann::json> to_json(const Result<Measurement>& measurement) {
  if (!measurement) return tl::unexpected(measurement.error());
  return nlohmann::json{{"frames_per_second", measurement->frames_per_second},
                        {"cycles_per_frame", measurement->cycles_per_frame}};
}

Result<nlohmann::json> run(const std::string& what, const Options& options) {
  const auto& trial = options.trial;
  if (what == "capture") {
    if (auto written = write_capture(options); !written) return tl::unexpected(written.error());
    return nlohmann::json{{"frames", options.frames}};
  }
  if (what == "lookup") {
    return measure(options, "", 0, [&](rte_mempool&) -> Result<nlohmann::json> {
      const auto cycles = measure_lookups(trial);
      if (!cycles) return tl::unexpected(cycles.error());
      return nlohmann::json{{"isat", cycles->ours}, {"rte_hash", cycles->rte_hash}};
    });
  }
  if (what == "ring") {
    return measure(options, "", 0,
                   [&](rte_mempool& pool) { return to_json(measure_turns(trial, pool)); });
  }
  if (what == "pcap") {
    return measure(
        options, "net_pcap0,infinite_rx=1,rx_pcap=" + options.file, options.frames,
        [&](rte_mempool& pool) { return to_json(measure_port(trial, "net_pcap0", pool)); });
  }
  if (what == "vhost") {
    return measure(options, "net_vhost0,iface=" + options.file, 0, [&](rte_mempool& pool) {
      return to_json(measure_port(trial, "net_vhost0", pool));
    });
  }
  return measure(options, "virtio_user0,path=" + options.file, 0, [&](rte_mempool& pool) {
    return to_json(measure_answers(trial, "virtio_user0", pool));
  });
}

}  // namespace
}  // namespace isat::bench

int main(int count, char** arguments) {
  using isat::Family;
  isat::bench::Options options;
  std::string what;
  CLI::App app("One measurement of isat's DPDK path, as JSON", "isat-dpdk-bench");
  app.add_option("what", what,
                 "ring: in turns with the asker; pcap: from --file, over and over; vhost: from the "
                 "socket --file; ask: into that socket; lookup: the table alone; capture: write "
                 "--file")
      ->required()
      ->check(CLI::IsMember({"ring", "pcap", "vhost", "ask", "lookup", "capture"}));
  app.add_flag("--floor", options.trial.floor, "swap the MAC addresses instead of answering");
  app.add_option("--family", options.trial.family, "arp or ndp")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Family>{{"arp", Family::kIpv4}, {"ndp", Family::kIpv6}}));
  app.add_option("--addresses", options.trial.addresses, "announced and asked for, a power of two");
  app.add_option("--seconds", options.trial.seconds, "how long");
  app.add_option("--file", options.file, "capture or socket");
  app.add_option("--frames", options.frames, "in the capture");
  app.add_option("--core", options.core, "which to run on");
  CLI11_PARSE(app, count, arguments);
  const auto result = isat::bench::run(what, options);
  if (!result) {
    std::cerr << "isat-dpdk-bench: " << result.error().message << "\n";
    return 1;
  }
  std::cout << result->dump() << "\n";
  return 0;
}
