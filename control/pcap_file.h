// SPDX-License-Identifier: Apache-2.0
// Captures on disk: Ethernet frames read from and written to pcap files.
#pragma once

#include <sys/time.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/result.h"

struct pcap;
struct pcap_dumper;

namespace isat {

struct CapturedFrame {
  std::vector<std::uint8_t> bytes;  // from the Ethernet header on, without the checksum
  std::size_t length_on_wire = 0;   // more than bytes.size() when the capture cut the frame
  timeval time{};
};

class PcapReader {
 public:
  // pcap or pcapng; anything but Ethernet is refused.
  [[nodiscard]] static Result<PcapReader> open(const std::string& path);

  // The next frame; nothing at the end of the file. An error (a file cut short) ends the reading.
  [[nodiscard]] Result<std::optional<CapturedFrame>> next();

 private:
  struct Close {
    void operator()(pcap* capture) const;
  };
  PcapReader(std::string path, std::unique_ptr<pcap, Close> capture);

  std::string path_;
  std::unique_ptr<pcap, Close> capture_;
  std::uint64_t read_ = 0;
};

class PcapWriter {
 public:
  // Creates or empties the file.
  [[nodiscard]] static Result<PcapWriter> open(const std::string& path);

  // What is written is in the file for certain only after finish() said so.
  void write(const std::vector<std::uint8_t>& bytes, const timeval& time) {
    write({bytes, bytes.size(), time});
  }
  void write(const CapturedFrame& frame);  // perhaps cut
  [[nodiscard]] Result<void> finish();

 private:
  struct Close {
    void operator()(pcap* capture) const;
    void operator()(pcap_dumper* dumper) const;
  };
  PcapWriter(std::string path, std::unique_ptr<pcap, Close> format,
             std::unique_ptr<pcap_dumper, Close> dumper);

  std::string path_;
  std::unique_ptr<pcap, Close> format_;  // outlives the dumper
  std::unique_ptr<pcap_dumper, Close> dumper_;
};

}  // namespace isat
