// SPDX-License-Identifier: Apache-2.0
// Captures on disk, through libpcap.
#include "control/pcap_file.h"

#include <pcap/pcap.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace isat {
namespace {

constexpr int kLongestFrame = 262'144;  // bytes; libpcap's own ceiling for Ethernet

// libpcap names the file in some of its messages and not in others.
std::string without_path(const std::string& message, const std::string& path) {
  const std::string prefix = path + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

}  // namespace

void PcapReader::Close::operator()(pcap* capture) const {
  ::pcap_close(capture);
}

PcapReader::PcapReader(std::string path, std::unique_ptr<pcap, Close> capture)
    : path_(std::move(path)), capture_(std::move(capture)) {}

Result<PcapReader> PcapReader::open(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  std::unique_ptr<pcap, Close> capture(::pcap_open_offline(path.c_str(), cause.data()));
  if (!capture) return fail("read capture " + path + ": " + without_path(cause.data(), path));
  const int type = ::pcap_datalink(capture.get());
  if (type != DLT_EN10MB) {
    const char* name = ::pcap_datalink_val_to_name(type);
    return fail("read capture " + path + ": its link type is " +
                (name == nullptr ? std::to_string(type) : name) +
                ", not Ethernet; capture on one Ethernet interface, not on 'any'");
  }
  return PcapReader(path, std::move(capture));
}

Result<std::optional<CapturedFrame>> PcapReader::next() {
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  const int got = ::pcap_next_ex(capture_.get(), &header, &bytes);
  if (got == PCAP_ERROR_BREAK) return std::nullopt;
  if (got != 1) {
    return fail("read capture " + path_ + ": after frame " + std::to_string(read_) + ": " +
                without_path(::pcap_geterr(capture_.get()), path_));
  }
  ++read_;
  return CapturedFrame{{bytes, bytes + header->caplen}, header->len, header->ts};
}

void PcapWriter::Close::operator()(pcap* capture) const {
  ::pcap_close(capture);
}

void PcapWriter::Close::operator()(pcap_dumper* dumper) const {
  ::pcap_dump_close(dumper);
}

PcapWriter::PcapWriter(std::string path, std::unique_ptr<pcap, Close> format,
                       std::unique_ptr<pcap_dumper, Close> dumper)
    : path_(std::move(path)), format_(std::move(format)), dumper_(std::move(dumper)) {}

Result<PcapWriter> PcapWriter::open(const std::string& path) {
  std::unique_ptr<pcap, Close> format(::pcap_open_dead(DLT_EN10MB, kLongestFrame));
  if (!format) return fail_errno("write capture", path, ENOMEM);
  std::unique_ptr<pcap_dumper, Close> dumper(::pcap_dump_open(format.get(), path.c_str()));
  if (!dumper) {
    return fail("write capture " + path + ": " + without_path(::pcap_geterr(format.get()), path));
  }
  return PcapWriter(path, std::move(format), std::move(dumper));
}

void PcapWriter::write(const CapturedFrame& frame) {
  const pcap_pkthdr header{frame.time, static_cast<bpf_u_int32>(frame.bytes.size()),
                           static_cast<bpf_u_int32>(frame.length_on_wire)};
  ::pcap_dump(reinterpret_cast<u_char*>(dumper_.get()), &header, frame.bytes.data());
}

Result<void> PcapWriter::finish() {
  // pcap_dump() reports nothing; the stream below remembers a failed write, and flushing may be the
  // first to meet a full disk.
  const bool flushed = ::pcap_dump_flush(dumper_.get()) == 0;
  if (flushed && std::ferror(::pcap_dump_file(dumper_.get())) == 0) return {};
  return fail_errno("write capture", path_);
}

}  // namespace isat
