// Runs only in browsers that know no modules; written for them.
document.body.appendChild(
  document.createTextNode("This browser is too old for Teahouse. Please update it. 此浏览器版本过低，请更新后使用茶馆。"),
);
