"""Made-up sentences that mention police, one per line. Each is also tried without diacritics."""

COMPLAINTS = """
CA xã Lộc Hà làm ngơ cho sòng bạc nhà ông Tám
Công an xã Lộc Hà ăn tiền quán karaoke
Có công an đứng sau sòng bạc ở xã Lộc Hà
Chồng tôi là công an xã Lộc Hà, tối qua đánh tôi chảy máu
Tổ bảo vệ thôn đánh thằng cháu tôi gãy tay ở xã Lộc Hà
Công an xã bảo kê cho quán karaoke Hoàng Gia mở tới 2 giờ sáng
Anh công an viên thôn 4 nhận tiền của mấy ông đánh bạc
Mấy ông công an đòi tiền tui mới cho lấy xe về
Công an xã bao che cho thằng Hùng bán ma túy
Sòng xóc đĩa nhà bà Lan có công an xã chống lưng
Trưởng công an xã đứng đằng sau bãi cát lậu bến đò
Phó công an xã cầm đầu nhóm cho vay nặng lãi
Cán bộ công an hách dịch với dân khi làm căn cước
CSGT chửi tôi giữa đường vì tôi xin xem chuyên đề
Công an dọa đánh con tôi nếu không khai
Tối qua công an xã đánh em tôi bầm mặt ở trụ sở
Bị công an xã đánh gãy răng hôm 12
Con tôi bị mấy anh công an đánh trong đồn
Tổ an ninh thôn 3 đòi tiền các hộ bán hàng ngoài chợ
Dân phòng nhận tiền quán nhậu để cho lấn vỉa hè
Bố tôi là công an, về nhà là đánh mẹ tôi
Anh trai tôi là công an xã Thạch Hà, hôm qua dọa giết tôi
Chồng em làm công an huyện, cứ say là đánh em với con
Ông hàng xóm là công an, dọa bắn chó nhà tôi
Sòng bạc đó do công an bảo kê nên ai báo cũng không ăn thua
Nhờ có sự bảo kê của công an xã mà bãi xe quá tải chạy suốt đêm
Quán đó đút lót cho công an nên không ai kiểm tra
Chủ hụi chung chi cho công an xã mỗi tháng 5 triệu
Đứng sau bãi rác lậu là công an xã
Bọn ghi đề được công an chống lưng mấy năm nay
Công an thông đồng với đội xe ben phá đường
CSGT trạm Bắc làm luật, nhận tiền xe tải
Cảnh sát giao thông vòi tiền lái xe ở cầu Bến Thủy
Công an xã lấy tiền phạt mà không ghi biên lai, xin tiền bỏ túi
Công an bắt oan thằng cháu tôi rồi ép cung
Công an viên Tý say rượu đánh người ở quán bà Bảy
Công an đánh bạc ngay trong trụ sở, dân thấy hết
Cán bộ công an gạ gẫm em khi em lên trình báo
Anh công an khu vực quấy rối con gái tôi
CA phường nhắm mắt cho quán bán bóng cười
CA xã Cẩm Duệ nhận phong bì của chủ mỏ đá
Ông Dũng công an viên đòi tiền mới xác nhận tạm trú
Thằng công an Dũng chửi mẹ tôi trước mặt bao nhiêu người
Tụi đánh bạc có ô dù là công an huyện
Công an xã dung túng cho nhóm đòi nợ thuê
Công an tiếp tay cho bọn chặt rừng
Đội cảnh sát hình sự đánh con tôi bắt nhận tội
Công an xã cửa quyền, dân hỏi là quát
Cán bộ công an quát mẹ tôi 80 tuổi
Công an xã nhận hối lộ của nhà thầu
Công an huyện bỏ qua cho vụ gây tai nạn chết người vì quen
Công an xã che chắn cho đám cá độ
Bãi cát lậu ở bến Đền, công an xã ăn chia từng chuyến
Công an nhậu say rồi hành hung chủ quán
Tổ tuần tra thôn hành hung hai đứa học sinh
Tổ bảo vệ an ninh trật tự cơ sở đánh người vô cớ
Lực lượng bảo vệ cơ sở thôn tôi nhận tiền của chủ sòng
Bảo vệ thôn đòi tiền từng nhà, không đưa thì chửi
Công an xã, anh Bình, nhận tiền của quán bia
Ông phó công an tát con tôi ngay trước cổng trường
Công an viên tát vào mặt tôi
Dân biết hết là công an xã chia chác với chủ bãi vàng
Công an vu khống tôi trộm chó
CSGT đòi tiền cà phê 500 nghìn mới trả bằng lái
Csgt mãi lộ ở đèo Ngang đêm nào cũng có
Công an xã làm ngơ xe quá tải
Báo mấy lần mà công an xã làm ngơ
Dân báo hoài nhưng công an lờ đi cho quán hát
Có người nói công an xã nhận tiền hàng tháng của tiệm cầm đồ
Nghe đâu trưởng công an bảo kê vụ khai thác đất ở núi Nài
Anh họ tôi là cán bộ công an tỉnh đang bao che cho con trai buôn thuốc
Em rể tôi là công an, đi nhậu về chửi cả xóm
Bạn trai em là công an, đòi tiền và dọa tung ảnh em
Chú tôi là trưởng công an xã đứng sau vụ lấn đất
Người yêu cũ của em là cảnh sát, dọa đánh em
Công an xã Lộc Hà nhận tiền bỏ qua vụ đánh nhau
Công an xã nhận tiền bảo kê bến xe
Mấy anh CSGT ăn tiền trắng trợn quá
Công an ăn hối lộ để cấp hộ khẩu cho nhà giàu
Công an khu vực vòi vĩnh tiền làm tạm trú
Công an phường lạm quyền niêm phong quán của em
Công an xã ép cung em trai tôi cả đêm
Công an vô cớ đánh dân
Con ông trưởng công an xã đua xe, công an bao che
Ông Tám mở sòng bạc vì có công an đứng ra bảo kê
Bà Hoa bán số đề, công an xã ngó lơ mấy năm rồi
Đám đá gà có mấy ông công an xã bắt tay với chủ trường gà
Công an viên hiếp đáp dân nghèo
Công an xã cấu kết với cò đất
Có anh công an ở xã Kỳ Tân sàm sỡ con bé nhà tôi
Tôi tố cáo công an xã đánh người gây thương tích
Tôi phản ánh cán bộ công an xã nhũng nhiễu
Anh công an trực đêm say xỉn rồi mắng tôi
Công an giữ xe tôi rồi đòi tiền chuộc
Cán bộ công an vét tiền người bán hàng rong
Công an xã thu tiền của từng quầy ở chợ không có giấy
Xe chở gỗ lậu đi đêm, công an bảo kê hết
Công an chống lưng cho ổ mại dâm khách sạn Sao Mai
Công an thả thằng nghiện vì nhận tiền
Công an xã xuống nhận tiền rồi về
Công an đến nhà đánh cha tôi trước mặt con cháu
Công an xã vào quán ăn tiền rồi ra
Hai anh công an đi xe máy chặn tôi lại đòi tiền
Chốt CSGT ở ngã ba Vũng Áng nhận tiền xe container
Tui bị dân phòng đánh hôm chợ phiên
Ai cũng biết công an xã đứng phía sau quán massage
Công an đe dọa gia đình tôi vì tôi viết đơn
Con gái tôi bị một anh công an gạ gẫm
Thằng em tôi bị cảnh sát đánh nhập viện
Công an chửi dân là đồ ngu
Tiền luật mỗi tháng quán phải chung tiền cho công an xã
Xưởng xả thải ra sông được công an xã bao che
Công an đứng sau đường dây số đề ở chợ Nghèn
Cán bộ công an nhận tiền chạy án
Công an đòi hối lộ mới giải quyết đơn của tôi, nhận tiền xong im luôn
Trưởng công an xã nhậu nhẹt với trùm đòi nợ
Cong an vien nhan tien ma khong lam gi
Công an thôn tôi đòi tiền cho qua vụ ẩu đả
Lính công an xã hay say xỉn chửi bới dân
Trại gà thối um, công an môi trường nhận tiền nên không phạt
CA huyện bảo kê bến cát
Công an huyện lấy tiền chuộc xe không biên lai
Trùm ghi lô là em trưởng công an nên công an xã bao che
Tôi lên nộp hồ sơ tạm trú ba lần, lần nào anh trực cũng hẹn mai, hôm nay mới nói thẳng là phải có quà
Mấy chú áo xanh ở xã ngồi quán ông Tám cả buổi sáng, dân đến trụ sở không có ai
CSGT chốt ngã ba dừng xe tôi không nói lỗi gì, bảo để lại hai trăm rồi đi
Xin phản ánh: sau khi tôi tố giác bãi cát thì ngay tối đó chủ bãi gọi cho tôi, hỏi ai nói cho họ biết nếu không phải công an
Con tôi bị mời lên xã, lúc về môi sưng tím, cháu bảo không dám kể
Cán bộ tiếp dân ở trụ sở công an nói với mẹ tôi là già rồi biết gì mà hỏi
Ông trưởng công an xã có cổ phần trong quán karaoke nên hát đến hai giờ sáng không ai nhắc
Gọi trực ban bốn cuộc không ai nghe máy, trong khi hai nhà đang chém nhau
Đơn trình báo mất xe của tôi nộp từ tháng ba đến nay hỏi thì bảo thất lạc, viết lại đi
Anh Dũng bên công an phường mượn xe máy của tôi rồi không trả, hỏi thì bảo xe tang vật
Sao nhà khác đổ đất lấn đường không sao mà nhà tôi để xe trước cửa thì công an đến lập biên bản, có phải vì là anh em với ông phó không
Dân quân với công an đi tuần vào quán nhà tôi ăn nhậu xong không trả tiền, tháng nào cũng thế
Tôi đến tố cáo chồng đánh, anh cán bộ cười bảo về mà sống cho tốt, đừng làm phiền
Công an xã bắt con tôi ký vào giấy trắng
cong an phuong giu cmnd cua em 2 thang r chua tra, hoi thi quat
Người ta bảo muốn làm căn cước nhanh thì kẹp hai trăm vào hồ sơ, tôi kẹp thật thì xong trong buổi, thế là thế nào
Nửa đêm có người trong đồn nhắn tin rủ vợ tôi đi cà phê, số này là số anh hôm trước lấy lời khai
Tôi khai báo ai trộm gà mà hôm sau cả xóm đều biết là tôi khai
Chú cảnh sát khu vực say rượu lái xe tông vào hàng rào nhà tôi rồi bỏ đi
Xe vi phạm bị tạm giữ ở đồn, lúc lấy ra mất cái ắc quy với bình xăng
Lãnh đạo công an huyện có biết lính mình đi thu tiền bảo vệ từng sạp ngoài chợ không
Đội trưởng đội hình sự ép tôi nhận tội thay cho người khác
Mấy anh công an vào nhà tôi lục soát mà không đưa giấy tờ gì
Tôi là người bị đánh mà lên trụ sở lại bị bắt viết kiểm điểm, bên kia có người nhà làm trong đó
Vợ ông phó công an cho vay lãi nặng cả xã ai cũng biết, có ai dám động vào
Bảo vệ dân phố tổ 4 đánh thằng bé bán vé số vì nó không chịu đi chỗ khác
Sáng nay anh công an viên ném giấy tờ vào mặt bố tôi trước mặt mọi người
Ngày nào chú ấy cũng mặc quân phục ngồi đánh bài với đám cò đất ở cổng chợ
Tôi xin hỏi cán bộ công an nhận tiền rồi không làm thì kiện ở đâu
Cả tháng trời tin báo của dân chìm nghỉm, báo đâu cũng bảo đang xác minh, hay là có ai chống lưng
tụi csgt bắn tốc độ núp trong bụi xong xin tiền ko ghi biên bản
Anh trực ban bảo tôi: mất có con chó mà cũng báo, rảnh quá à
Em bị tông xe, bên kia quen công an nên hiện trường bị xoá hết, biên bản ghi em sai
Nhờ thanh tra xem giúp việc phong bì ở bộ phận cấp căn cước
Con dâu tôi tố cáo bị sàm sỡ thì cán bộ điều tra hỏi mặc váy ngắn thế thì trách ai
Không hiểu sao vừa mới gọi báo sòng xóc đĩa thì 5 phút sau chúng nó giải tán sạch, chắc trong ấy có người mách
Ông Hải công an xã đòi tui 5 triệu nếu muốn cho thằng con về
Trụ sở mở cửa tám giờ mà mười giờ chưa thấy ma nào, dân chờ dài cổ
Người nhà tôi chết trong nhà tạm giữ, họ nói tự tử nhưng trên người đầy vết bầm
Bị phạt xong tôi xin biên lai thì anh ta quát: lắm chuyện
mí ông công an xã toàn nhậu vs chủ lò gạch lậu
Tôi bị mất điện thoại, anh công an tìm lại được thì giữ luôn dùng, con anh ấy cầm đi học
Cháu tôi 15 tuổi bị còng tay vào ghế cả đêm ở đồn chỉ vì đi chơi khuya
Công an thôn tự ý lắp camera chĩa thẳng vào buồng ngủ nhà tôi
Có cán bộ công an tỉnh đứng tên hộ đất cho đám phân lô
Anh Sơn tổ an ninh cơ sở dùng gậy vụt vào chân mấy đứa học sinh
Cảm ơn các chú công an, nhờ các chú làm chậm mà thằng trộm nó bán xong xe tôi rồi
Tôi gửi clip xe quá tải, hôm sau tài xế đến tận nhà hỏi tội, lộ từ đâu ra
Đồng chí phó trưởng phòng hứa chạy cho con tôi vào ngành, lấy 300 triệu rồi im
Người của đội quản lý hành chính bắt tôi đi photo ở đúng quán của em gái họ, không thì không nhận hồ sơ
Tui nói thiệt, ở đây cát tặc là có mấy ông trong công an ăn theo
Hôm họp dân công an khu vực đọc tên người tố cáo cho cả hội trường nghe
Đề nghị kiểm tra tư cách đồng chí Minh, chuyên gợi ý gia đình người vi phạm bồi dưỡng
Chồng em làm công an mà về nhà đánh em suốt, em không dám báo ở xã
Xe biển xanh của công an chở gỗ lậu lúc ba giờ sáng qua cầu
Họ bắt dân đứng nắng cả tiếng để chờ sếp công an đến phát biểu
Cán bộ bảo phải mua bảo hiểm chỗ chị ấy thì mới đóng dấu đăng ký xe
Người bị hại là tôi, vậy mà điều tra viên khuyên nên rút đơn kẻo phiền
Đang giữa đêm công an phường dẫn người đến siết nợ cho tiệm cầm đồ
Thằng cháu ông trưởng công an gây tai nạn rồi được thay người nhận tội
""".strip().splitlines()

ORDINARY = """
Có đánh nhau ở chợ Nghèn, báo công an xã giúp với
Nhờ công an xã xuống xem, thằng Tám đang đánh vợ
Đã gọi công an mà hắn còn dọa giết cả nhà
Công an vừa bắt thằng đánh người ở quán bia
Có kẻ giả danh công an gọi điện đòi tiền mẹ tôi
Có người xưng là công an tỉnh dọa bắt, đòi tiền chuyển khoản
Cảm ơn công an xã đã tìm lại xe cho em
Công an cho hỏi làm căn cước cần giấy tờ gì
Hắn nói quen công an nên đánh tôi xong còn thách
Công an ơi có đánh nhau ở ngã ba
Các anh công an ơi hàng xóm mở karaoke ồn quá
Kính gửi công an xã, ông Tám hay đánh con
Alo công an, nhóm thanh niên đang cầm dao đánh nhau
Công an xã bắt sòng bạc nhà ông Tám rồi
Công an triệt phá đường dây đánh bạc do Hùng cầm đầu
Công an cảnh báo thủ đoạn giả danh nhận tiền
Mong công an xử lý quán karaoke ồn ào
Đề nghị công an xã kiểm tra sòng bạc ở thôn 3
Công an tuyên truyền ở thôn tối nay
Công an đến giải tán đám đánh nhau, cảm ơn các anh
Em nộp đơn ở công an xã khi nào có kết quả
Làm hộ chiếu ở công an tỉnh hay công an xã
Công an xã mình làm việc thứ bảy không
Mất ví đã trình báo công an phường
Em nhặt được cái ví, gửi ở công an xã rồi
Ai đánh rơi ví thì lên công an xã nhận
Công an xã nhặt được ví của ai đánh rơi
Hắn dọa nếu tôi báo công an thì hắn đánh chết
Chồng em đánh em, em sợ không dám báo công an
Thằng con tôi nghiện, nhờ công an đưa đi cai
Công an giả gọi video dọa bắt bà nội
Người lạ mặc đồ công an giả làm cán bộ đòi tiền
Số lạ gọi nói là công an, bắt cài VNeID, rút sạch tiền
Bọn lừa đảo mạo danh công an huyện vòi tiền dân
Đối tượng tự xưng công an đánh người cướp điện thoại
Công an xã hỗ trợ dân sau bão, tuyệt vời
Anh công an bơi ra cứu hai bà cháu, biết ơn lắm
Con tôi muốn thi vào trường công an
Chồng tôi là công an, đang trực ở huyện, em hỏi chế độ thai sản
Bố em là công an về hưu, hỏi thủ tục lương hưu
Anh họ em là công an, có thằng say đánh anh ấy vỡ đầu
Nhà bên đánh bạc cả đêm, công an xuống bắt giúp
Nhờ các chú công an đuổi mấy đứa đua xe
Sao chưa thấy công an đến, cháy to lắm rồi
Gọi công an giúp, có người bị đâm ở chợ
Xe tôi bị CSGT giữ, hôm nào lấy được ạ
CSGT cho hỏi nộp phạt nguội ở đâu
CSGT phân luồng giúp chỗ ngã tư với
Cảnh sát giao thông lập chốt ở đâu hôm nay
Bị phạt nồng độ cồn, nộp tiền ở kho bạc hay công an
Nộp tiền phạt ở công an huyện hay nộp qua mạng
Em muốn nộp tiền làm căn cước cho công an thì chuyển khoản được không
Tổ bảo vệ thôn tuần tra đêm rất tốt
Tổ an ninh thôn bắt được trộm chó, bà con yên tâm
Bảo vệ dân phố nhắc bà con khóa cửa
Dân phòng đang dập lửa ở chợ
Cảm ơn tổ bảo vệ an ninh trật tự thôn 5
Thằng Hùng đánh anh công an xã đang làm nhiệm vụ
Công an xã bị đám say rượu đánh
Hai công an bị thương khi bắt ma túy
Có kẻ chửi công an trên facebook, ai quản lý nhóm xử lý đi
Nó lên mạng chửi công an suốt ngày
Bà con báo công an ngay nếu thấy kẻ đòi tiền bảo kê
Bọn nó đòi tiền bảo kê ở chợ, báo công an đi
Quán tôi bị nhóm xăm trổ đòi tiền bảo kê, mong công an giúp
Tôi bị hàng xóm dọa giết, xin công an bảo vệ
Công an nên phạt mấy xe đỗ trên vỉa hè
Hôm nay công an xã đá bóng giao hữu với đoàn thanh niên
Công an phường Thành Sen ở đường nào
Công an mang máy về tận nhà làm căn cước cho cụ
Công an thông báo cấp đổi căn cước miễn phí
Nhắc bà con công an không thu tiền làm định danh
Công an xã không nhận tiền của dân đâu, ai đòi là lừa
Ngày truyền thống công an nhân dân chúc các anh khỏe
Chúc mừng công an tỉnh phá chuyên án lớn
Cảnh sát phòng cháy tới chưa, cháy rồi
Nhà có mùi gas, gọi cảnh sát cứu hỏa số mấy
Mẹ em 70 tuổi đi lạc, nhờ công an tìm giúp
Bé gái 6 tuổi lạc ở hội, đang ở đồn công an
Công an xã đang giữ một cháu lạc, ai quen thì đến
Trộm vào nhà lấy tiền, công an đến lấy vân tay rồi
Kẻ trộm lấy tiền trong két, đã báo công an huyện
Vợ chồng nhà bên chửi nhau, có nên gọi công an không
Đám giỗ chửi nhau, công an xã hòa giải xong rồi
Tai nạn ở quốc lộ, chờ công an đo hiện trường
Bị lừa 50 triệu, trình công an ở đâu
Em bị tung ảnh đòi tiền, báo công an có lộ không
Nó bảo có người nhà làm to, em báo công an được không
Công an xã có nhận đơn ly hôn không
Công an có nhận giấy ủy quyền không
Làm tạm trú ở công an xã hết bao nhiêu tiền
Muốn giao nộp súng tự chế cho công an xã
Nhặt được quả đạn, để đâu cho công an
Có ai biết số công an xã Lộc Hà không
Cháu hỏi công an huyện chuyển đi đâu rồi
Công an xã đổi giờ tiếp dân à
Con trâu lạc ở thôn 2, báo công an xã hay trưởng thôn
Hàng xóm đốt rác, gọi công an không thấy nghe nên nhắn đây
Công an ơi cứu em với, chồng em cầm dao
Công an giúp tôi, có kẻ theo dõi
Xin công an can thiệp vụ ngăn đường ở thôn 7
Con nợ trốn, công an có tìm giúp không
Công an xem camera giúp em chỗ mất xe
Thấy công an chốt ở cầu, đi chậm lại bà con
Tối nay công an đi kiểm tra cư trú
Công an điều tra vụ giết người ở thôn 1
Công an khởi tố nhóm cho vay nặng lãi
Công an giải cứu nạn nhân bị bán sang Campuchia
Công an đã trả lại tiền cho tôi, cảm ơn nhiều
Công an trả ví có đủ tiền, quý hóa quá
Nhờ anh công an xã mà con tôi khỏi nghiện
Ông Tám mở sòng bạc, đề nghị công an vào cuộc
Có sòng bạc ở thôn 3 công an ơi
Bán ma túy ở quán net, mong công an bắt
Mấy đứa hay hù là công an tới rồi nó bỏ chạy
Phim công an bắt ma túy tối qua hay quá
Em đăng ký thi công an nghĩa vụ ở đâu
Công an đợt này tuyển quân không
Gửi công an xã ảnh xe đổ trộm rác
Kính báo công an có nhóm đá gà chiều nào cũng tụ tập
Lên công an làm giấy tờ phải mang theo những gì
Chú công an thôn hiền lành giúp bà con gặt lúa
Có thanh niên say xỉn phá quán, công an xuống gấp
Công an kêu gọi người dân giao nộp pháo
Hắn đánh vợ rồi bỏ trốn, công an đang truy tìm
Công an xã ơi có đám thanh niên đang nhậu say la hét trước nhà em
Có người gọi điện tự nhận là công an tỉnh yêu cầu tôi cài phần mềm rồi chuyển tiền
Nhờ công an phường nhắc quán karaoke đầu ngõ hát nhỏ lại giùm
Em muốn hỏi làm căn cước cho con ở công an xã cần giấy tờ gì
Cảm ơn các anh công an đã tìm lại xe máy cho gia đình tôi
Mấy anh CSGT phân luồng giúp ngã tư chợ chiều nay kẹt quá
Công an huyện vừa triệt phá sòng bạc, bà con hoan nghênh
Chồng đánh tôi, tôi gọi công an mà sợ nó trả thù, nhờ các anh đến nhanh
Có cụ già đi lạc đang ngồi ở trụ sở công an xã
Tôi mất ví trong đó có thẻ ngành công an của chồng
Xe công an gặp nạn ở dốc, có người bị thương
Có kẻ chống người thi hành công vụ, tấn công công an xã ở bãi cát
Nhà hàng xóm đánh bạc, mong công an vào cuộc
Bọn trộm mặc áo giống công an vào nhà lấy đồ
Công an cho hỏi mấy giờ làm việc buổi chiều
Tôi đã trình báo công an mất bò hôm qua, nay thấy con bò ở nhà ông B
Công an bắt được hai tên trộm ở xóm tôi tối qua
Có thằng xưng công an vào quán đòi tiền bảo kê, mặt lạ hoắc
Kính gửi công an xã, tôi tố giác ông T bán ma tuý
Con tôi thích làm công an, thi trường nào ạ
Anh Dũng hàng xóm đánh con tôi, đề nghị công an xử lý
Công an tuyên truyền về pháo nổ hay lắm
Nhặt được căn cước tên Nguyễn Văn B, tôi đã đem nộp công an
Trước cổng trụ sở công an có ổ gà rất sâu
Nhà tôi gần đồn công an mà vẫn bị trộm, mong các anh tuần tra thêm
Có vụ đánh nhau ở quán, công an đã đến, cảm ơn các anh
Bảo vệ trường đánh học sinh, nhờ công an can thiệp
Em bị kẻ lạ nhắn tin tống tiền, em định ra công an trình báo
Bà con cảnh giác có xe giả danh cảnh sát giao thông chặn xe đêm
Hai vợ chồng đánh nhau, hàng xóm báo công an xã rồi nhưng chưa thấy đến, đang rất căng
Công an đang đuổi theo xe máy trên đường liên xã, mọi người tránh ra
Xin số điện thoại trực ban công an xã
Em làm mất biển số xe, công an phường nào cấp lại
Ông A bị công an bắt năm ngoái nay về lại buôn ma tuý
Tụi nó bảo có quen công an nên không sợ ai, chúng em bị bảo kê thu tiền ở chợ
Công an đi tuần đêm giúp xóm yên hẳn
Học sinh đi xe máy điện không mũ, CSGT xử lý giúp
Người nhà tôi bị tâm thần cầm dao, công an ơi cứu
Có người bán pháo, nói là mua của công an thanh lý, chắc xạo
Hôm trước tôi báo mất xe, nay tìm được rồi, xin rút tin
Công an xã cho em hỏi kết quả vụ mất trộm nhà em đến đâu rồi ạ
Mất điện cả xóm, công an báo giúp điện lực với
Con trâu đi lạc vào sân công an xã
Đài báo nói công an tỉnh khác nhận hối lộ, thật không các bác
Anh công an viên thôn em bị ong đốt phải đi viện
Nhà báo giả đòi tiền doanh nghiệp, mong công an điều tra
Tài xế say rượu tông xe CSGT ở quốc lộ
Công an nhân dân vì nước quên thân vì dân phục vụ
Thông báo của công an về nồng độ cồn có áp dụng với xe đạp điện không
Trẻ con ném đá vào xe công an
Nhờ công an xác minh giúp người này có lừa đảo không, ảnh đội mũ công an
Nhà nghỉ sau đồn công an có mại dâm
Đêm qua công an gõ cửa kiểm tra tạm trú, em đăng ký qua VNeID được không
Cần giấy xác nhận dân sự, ra công an xã hay huyện
Tổ bảo vệ an ninh thôn em tìm thấy cháu bé lạc
Có kẻ đeo bám công an xã quay phim xuyên tạc trên mạng
Chị em bị chồng là bộ đội đánh
""".strip().splitlines()
