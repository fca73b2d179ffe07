// SPDX-License-Identifier: Apache-2.0
// Captures written and read back, and the files that are none.
#include "control/pcap_file.h"

#include <gmock/gmock.h>
#include <pcap/pcap.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace isat {
namespace {

using testing::HasSubstr;

class PcapFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "pcap_file_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::string path(const char* name) const { return folder / name; }

  std::filesystem::path folder;
};

TEST_F(PcapFileTest, FramesComeBackAsWritten) {
  const std::vector<std::uint8_t> first{1, 2, 3};
  const std::vector<std::uint8_t> second(1514, 0xab);
  {
    auto writer = *PcapWriter::open(path("a.pcap"));
    writer.write(first, {17, 42});
    writer.write(second, {18, 0});
    ASSERT_TRUE(writer.finish());
  }
  auto reader = *PcapReader::open(path("a.pcap"));
  const auto one = *reader.next();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->bytes, first);
  EXPECT_EQ(one->length_on_wire, 3u);
  EXPECT_EQ(one->time.tv_sec, 17);
  EXPECT_EQ(one->time.tv_usec, 42);
  const auto two = *reader.next();
  ASSERT_TRUE(two);
  EXPECT_EQ(two->bytes, second);
  EXPECT_FALSE(*reader.next());
}

TEST_F(PcapFileTest, CutFrameKeepsItsLengthOnTheWire) {
  auto* format = ::pcap_open_dead(DLT_EN10MB, 64);
  auto* dumper = ::pcap_dump_open(format, path("cut.pcap").c_str());
  const std::vector<u_char> bytes(64, 7);
  const pcap_pkthdr header{{}, 64, 1500};
  ::pcap_dump(reinterpret_cast<u_char*>(dumper), &header, bytes.data());
  ::pcap_dump_close(dumper);
  ::pcap_close(format);

  auto reader = *PcapReader::open(path("cut.pcap"));
  const auto frame = *reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->bytes.size(), 64u);
  EXPECT_EQ(frame->length_on_wire, 1500u);
}

TEST_F(PcapFileTest, AnotherLinkTypeIsRefusedWithTheMend) {
  auto* format = ::pcap_open_dead(DLT_LINUX_SLL, 64);
  ::pcap_dump_close(::pcap_dump_open(format, path("any.pcap").c_str()));
  ::pcap_close(format);
  EXPECT_EQ(PcapReader::open(path("any.pcap")).error().message,
            "read capture " + path("any.pcap") +
                ": its link type is LINUX_SLL, not Ethernet; capture on one Ethernet interface, "
                "not on 'any'");
}

TEST_F(PcapFileTest, FileThatIsNoCapture) {
  std::ofstream(path("text.pcap")) << "this is no capture file at all";
  const auto opened = PcapReader::open(path("text.pcap"));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message,
              HasSubstr("read capture " + path("text.pcap") + ": unknown file format"));
}

TEST_F(PcapFileTest, MissingFileIsNamedOnce) {
  EXPECT_EQ(PcapReader::open(path("none.pcap")).error().message,
            "read capture " + path("none.pcap") + ": No such file or directory");
}

TEST_F(PcapFileTest, FileCutShortNamesTheLastGoodFrame) {
  {
    auto writer = *PcapWriter::open(path("short.pcap"));
    writer.write({1, 2, 3, 4}, {});
    writer.write({5, 6, 7, 8}, {});
    ASSERT_TRUE(writer.finish());
  }
  std::filesystem::resize_file(path("short.pcap"),
                               std::filesystem::file_size(path("short.pcap")) - 2);
  auto reader = *PcapReader::open(path("short.pcap"));
  EXPECT_TRUE(reader.next());
  const auto broken = reader.next();
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().message,
              HasSubstr("read capture " + path("short.pcap") + ": after frame 1: truncated"));
}

TEST_F(PcapFileTest, UnwritableFolder) {
  EXPECT_EQ(PcapWriter::open(path("none/out.pcap")).error().message,
            "write capture " + path("none/out.pcap") + ": No such file or directory");
}

// What fits the buffer fails when it is flushed, the rest already when it is written.
TEST_F(PcapFileTest, FullDiskIsNoticed) {
  for (const int frames : {1, 100}) {
    auto writer = PcapWriter::open("/dev/full");
    ASSERT_TRUE(writer) << writer.error().message;
    for (int i = 0; i < frames; ++i) writer->write(std::vector<std::uint8_t>(1000, 1), {});
    const auto finished = writer->finish();
    ASSERT_FALSE(finished) << frames;
    EXPECT_EQ(finished.error().message, "write capture /dev/full: No space left on device");
  }
}

}  // namespace
}  // namespace isat
