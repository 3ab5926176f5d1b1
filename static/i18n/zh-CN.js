// 简体中文。一个键一句完整的话，键与 en.js 相同。
export default {
  "app.name": "茶馆",
  "app.close": "关闭",
  "app.cancel": "取消",
  "app.back": "返回",
  "app.menu": "菜单",
  "app.retry": "重试",
  "app.loading": "正在加载…",
  "app.copied": "已复制",
  "app.copy_failed": "复制失败，请选中文字手动复制。",
  "app.show_password": "显示密码",
  "app.list_separator": "、",

  "time.today": "今天",
  "time.yesterday": "昨天",
  "time.yesterday_title": "昨天",
  "time.seen": "{when}在线",
  "time.seen_now": "刚刚在线",
};
